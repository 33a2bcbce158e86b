"""Bring the tables to the present version (as the owner of the tables)."""

import typer

from guanxi.core import migrating

needs = "database"
app = typer.Typer()


@app.command()
def migrate(
    quiet: bool = typer.Option(False, "--quiet", help="Print nothing but errors."),
) -> None:
    """Bring the tables to the present version, grant what the application role may do, make partitions ahead.

    Runs as the role that owns the tables; every other process runs as one that owns nothing.
    """
    migrating.migrate(verbosity=0 if quiet else 1)
