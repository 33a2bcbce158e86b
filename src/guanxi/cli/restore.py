"""Bring a backup back."""

from pathlib import Path

import typer

from guanxi import settings
from guanxi.cli import ground, keeping
from guanxi.core import database

needs = "nothing"
app = typer.Typer()


@app.command()
def restore(
    rows: Path = typer.Argument(exists=True, help="The guanxi-….dump to bring back."),
    keys: Path = typer.Option(
        None, exists=True, help="The keys-….dump; the newest beside the backup if left out."
    ),
    replace: bool = typer.Option(False, "--replace", help="Throw away what the embedded database holds now."),
) -> None:
    """Bring a backup back into an empty database. Stop `guanxi up` first.

    Take the newest keys, not those of the backup's day: who was erased since then stays erased.
    """
    ground.start_database()
    if replace:
        if settings.configuration.database_url:
            raise keeping.KeepingError(
                "--replace is for the embedded database: empty the one of your server yourself."
            )
        keeping.empty(database.cluster_in(settings.configuration.data))
    backup = keeping.Backup(rows, keys or keeping.newest_keys(rows.parent))
    keeping.read(ground.owner_address(), backup)
    typer.echo(
        f"{rows.name} is back, with the keys of {backup.keys.name}. Next: guanxi migrate, then guanxi check"
    )
