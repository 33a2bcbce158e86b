"""The demonstration retailer, analysed and served."""

import typer
from rich.console import Console

from guanxi.cli import demonstrating, tree
from guanxi.settings import configuration

needs = "database"
app = typer.Typer()


@app.command()
def demo() -> None:
    """Bring the demonstration retailer in, analyse it, say where to go, and serve until Ctrl-C."""
    console = Console()
    tree.refuse_taken_ports(configuration)
    if not demonstrating.loop(console):
        raise typer.Exit(1)
    demonstrating.say_where_to_go(console)
    tree.run(configuration)
