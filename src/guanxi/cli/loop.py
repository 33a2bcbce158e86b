"""The demonstration retailer to the end of its analysis, without serving."""

import typer
from rich.console import Console

from guanxi.cli import demonstrating

needs = "database"
app = typer.Typer()


@app.command()
def loop() -> None:
    """Bring the demonstration retailer in, analyse it, and print and keep the loop report.

    A second run starts in seconds and changes nothing.
    """
    raise typer.Exit(0 if demonstrating.loop(Console()) else 1)
