"""Say how the installation stands, and what to do about what is not well."""

from urllib.parse import urlsplit

import typer
from pydantic import SecretStr
from pydantic.fields import FieldInfo
from rich.console import Console
from rich.table import Table

from guanxi import settings
from guanxi.cli.examination import Finding, State, findings

app = typer.Typer()

SIGNS = {State.WELL: "[green]✓[/green]", State.DOUBTFUL: "[yellow]![/yellow]", State.BROKEN: "[red]✗[/red]"}


@app.command()
def check(
    settings: bool = typer.Option(
        False, "--settings", help="List every setting instead: type, default, value."
    ),
) -> None:
    """Say how the installation stands: configuration, database, role rights, clock, disk, queues.

    Ends with exit code 1 when something is broken; what is only doubtful does not count.
    """
    console = Console(highlight=False)
    if settings:
        console.print(settings_table())
        return
    broken = 0
    for finding in findings():
        broken += finding.state is State.BROKEN
        console.print(_line(finding))
    raise typer.Exit(1 if broken else 0)


def settings_table() -> Table:
    """Every setting with its type, default and value; secrets stay secret."""
    table = Table("Setting", "Type", "Default", "Value", "What it is for")
    for name, field in settings.Configuration.model_fields.items():
        value = getattr(settings.configuration, name)
        table.add_row(
            f"GUANXI_{name.upper()}", type_of(field), shown(field.default), shown(value), field.description
        )
    return table


def type_of(field: FieldInfo) -> str:
    """The type of a setting as people write it."""
    return getattr(field.annotation, "__name__", str(field.annotation)).replace("typing.", "")


def shown(value: object) -> str:
    """A value for eyes: of secrets and passwords only that there is one."""
    if isinstance(value, SecretStr):
        return "•••" if value.get_secret_value() else ""
    text = str(value)
    password = urlsplit(text).password if "://" in text else None
    return text.replace(f":{password}@", ":•••@") if password else text


def _line(finding: Finding) -> str:
    cure = f"\n    → {finding.cure}" if finding.cure else ""
    return f"{SIGNS[finding.state]} [bold]{finding.what}[/bold]: {finding.says}{cure}"
