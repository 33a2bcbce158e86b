"""Compile the translations; with --extract collect the words first."""

import typer
from rich.console import Console
from rich.table import Table

from guanxi.cli import words

needs = "nothing"
app = typer.Typer()


@app.command()
def build_messages(
    extract: bool = typer.Option(
        False, help="First collect the words of code and templates into the .po files."
    ),
    package: str = typer.Option("", help="Collect only this package's words."),
) -> None:
    """Compile each package's translations (.po) for the running program (.mo).

    With --extract, words that code and templates mark are first collected into
    `src/guanxi/<package>/locale/<language>/LC_MESSAGES/django.po`; what is not translated yet is counted.
    """
    console = Console()
    if extract:
        console.print(_collected(package))
    console.print(f"{words.build()} catalogues compiled")


def _collected(only: str) -> Table:
    table = Table("Package", "Language", "Words", "To translate")
    for package in (each for each in words.packages() if only in ("", each.name)):
        for language in words.LANGUAGES:
            total, missing = words.collect(package, language)
            if total:
                table.add_row(package.name, language, str(total), str(missing))
    return table
