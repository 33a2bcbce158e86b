"""Stop the embedded database and empty the data folder."""

import shutil

import typer

from guanxi import settings
from guanxi.core import database

needs = "nothing"
app = typer.Typer()


@app.command()
def reset(
    yes: bool = typer.Option(False, "--yes", help="Do not ask."),
) -> None:
    """Stop the embedded database and delete the data folder with everything in it. This cannot be undone."""
    folder = settings.configuration.data
    if settings.configuration.database_url:
        raise database.DatabaseToolError(
            "GUANXI_DATABASE_URL names a server of yours: empty that one yourself."
        )
    if not yes:
        typer.confirm(f"Delete {folder} with everything in it?", abort=True)
    database.cluster_in(folder).stop(mode="immediate")
    shutil.rmtree(folder, ignore_errors=True)
    typer.echo(f"{folder} is gone.")
