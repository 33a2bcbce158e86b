"""Bring the tables to the present version (as the owner of the tables)."""

import typer
from django.core.management import call_command

needs = "database"
app = typer.Typer()


@app.command()
def migrate(
    quiet: bool = typer.Option(False, "--quiet", help="Print nothing but errors."),
) -> None:
    """Bring the tables to the present version.

    Runs as the role that owns the tables; every other process runs as one that owns nothing.
    """
    call_command("migrate", database="owner", interactive=False, verbosity=0 if quiet else 1)
