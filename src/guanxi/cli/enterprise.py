"""Found enterprises, list them, set their clocks."""

from datetime import UTC, datetime

import typer
from rich.console import Console
from rich.table import Table

from guanxi.core import foundation, services, viewers
from guanxi.core.tenancy import tenancy

needs = "database"
app = typer.Typer(no_args_is_help=True)


@app.command()
def create(
    name: str = typer.Argument(help="Its name, as people read it."),
    slug: str = typer.Option(
        ..., help="Its short name in commands and addresses: small letters, figures, hyphens."
    ),
    currency: str = typer.Option("EUR", help="Three letters, ISO 4217."),
    zone: str = typer.Option("UTC", help="Time zone, such as Asia/Shanghai."),
    language: str = typer.Option("en", help="en or zh-hans."),
    country: str = typer.Option("", help="Country of phone numbers without a prefix, two letters, ISO 3166."),
) -> None:
    """Found an enterprise. Then let somebody work for it: `guanxi staff create`."""
    if slug in {each.slug for each in foundation.founded()}:
        raise typer.BadParameter(f"there is an enterprise named {slug} already", param_hint="--slug")
    enterprise = foundation.found(
        name=name, slug=slug, currency=currency, zone=zone, language=language, country=country
    )
    typer.echo(
        f"{enterprise.name} is founded as {enterprise.slug}. Next: guanxi staff create EMAIL --enterprise {slug}"
    )


@app.command("list")
def list_() -> None:
    """List the enterprises of this installation."""
    table = Table("Short name", "Name", "Currency", "Zone", "Clock")
    for each in foundation.founded():
        table.add_row(each.slug, each.name, each.currency, each.zone, str(each.clock or "runs"))
    Console().print(table)


@app.command()
def clock(
    slug: str = typer.Argument(help="The enterprise's short name."),
    stand_at: str = typer.Argument(
        "run", help="A moment in ISO 8601, such as 2018-01-01T00:00:00Z, or `run`."
    ),
) -> None:
    """Stop the enterprise's clock at a moment, or let it run: everything that asks for the time gets this one."""
    moment = None if stand_at == "run" else _moment(stand_at)
    viewer = viewers.for_process(foundation.enterprise_named(slug).pk, "cli")
    with tenancy(viewer):
        services.change_enterprise(viewer=viewer, clock=moment)
    typer.echo(f"The clock of {slug} {'runs' if moment is None else f'stands at {moment.isoformat()}'}.")


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no moment: write 2018-01-01T00:00:00Z, or `run`.") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
