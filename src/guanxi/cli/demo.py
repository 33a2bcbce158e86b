"""The demonstration retailer, analysed and served."""

import os
import sys

import typer
from rich.console import Console

from guanxi.cli import demonstrating, ports
from guanxi.settings import configuration

needs = "database"
app = typer.Typer()


@app.command()
def demo() -> None:
    """Bring the demonstration retailer in, analyse it, say where to go, and serve until Ctrl-C."""
    console = Console()
    ports.refuse_taken(ports.web(configuration), ports.live(configuration))
    if not demonstrating.loop(console):
        raise typer.Exit(1)
    demonstrating.say_where_to_go(console)
    # The supervisor is a light process: it takes our place rather than standing on all that the loop has loaded.
    os.execve(
        sys.executable,
        [sys.executable, "-m", "guanxi.cli", "up"],
        os.environ | {"GUANXI_DEMONSTRATION": "true"},
    )
