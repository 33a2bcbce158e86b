"""Change the key that wraps the keys of customers."""

import base64
import os

import typer
from cryptography.exceptions import InvalidTag

from guanxi import settings
from guanxi.core import sealing

needs = "database"
app = typer.Typer()


@app.command()
def rotate_key() -> None:
    """Change the sealing key: every customer's key is wrapped anew. Stop all processes first.

    Where the key is given as GUANXI_SEALING_KEY, the new one is printed: put it there before you start again.
    Backups of the table of keys that were made before can be read with the former key only.
    """
    former, new = base64.b64decode(settings.SEALING_KEY), os.urandom(sealing.KEY_LENGTH)
    text = base64.b64encode(new).decode()
    path = settings.configuration.data / "keys" / "sealing"
    draft = path.with_name("sealing.next")
    if not settings.configuration.sealing_key.get_secret_value():
        # Written before the database changes: whatever dies in between, one of the two files fits.
        draft.touch(mode=0o600)
        draft.write_text(text)
    try:
        count = sealing.rewrap(former, new)
    except InvalidTag as error:
        raise typer.BadParameter(
            "The sealing key of this installation is not the one that was used."
        ) from error
    if draft.exists():
        draft.replace(path)
        typer.echo(
            f"{count:,} keys are wrapped anew; the new sealing key is in {path}. Keep a copy elsewhere."
        )
    else:
        typer.echo(f"{count:,} keys are wrapped anew. Set GUANXI_SEALING_KEY={text}")
