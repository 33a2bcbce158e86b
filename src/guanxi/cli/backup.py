"""Write a backup: the database, and apart from it the keys that make private fields readable."""

from datetime import UTC, datetime
from pathlib import Path

import typer

from guanxi.cli import ground, keeping

needs = "nothing"
app = typer.Typer()


@app.command()
def backup(
    folder: Path = typer.Argument(help="Where the files go; made when it is missing."),
    keys_only: bool = typer.Option(False, help="Write the keys alone: do so often, they are small."),
    keep_keys_days: int = typer.Option(
        7, min=1, help="Delete files of keys older than this, so that what was erased becomes unreadable."
    ),
) -> None:
    """Write a backup, while everything runs.

    `guanxi-….dump` holds everything but the keys of customers and may be kept for years. `keys-….dump` holds those
    keys and is deleted after a few days: who was erased meanwhile stays erased. Without the sealing key of the
    installation (GUANXI_SEALING_KEY, or `keys/sealing` in the data folder) neither can be read: keep it elsewhere.
    """
    now = datetime.now(UTC)
    ground.start_database()
    written = keeping.write(ground.owner_address(), folder, now=now, keys_only=keys_only)
    for path in filter(None, (written.rows, written.keys)):
        typer.echo(f"{path}  {path.stat().st_size / 2**20:.1f} MB")
    for path in keeping.forget_old_keys(folder, now=now, days=keep_keys_days):
        typer.echo(f"{path}  deleted (older than {keep_keys_days} days)")
