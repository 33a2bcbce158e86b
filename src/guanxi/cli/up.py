"""Run everything: database, web, live push and worker, restarting what dies."""

import subprocess
import sys

import typer

from guanxi import settings
from guanxi.cli import tree

needs = "nothing"
app = typer.Typer()


@app.command()
def up() -> None:
    """Run everything in one process tree and restart what dies; Ctrl-C or SIGTERM stops it in good order.

    The embedded PostgreSQL belongs to the tree unless GUANXI_DATABASE_URL names another; its tables are brought to the
    present version first. Web, live and worker may also run one by one and many times on several machines:
    `guanxi web`, `guanxi live`, `guanxi work`.
    """
    # In a process of its own: the tree stays light. A server that others use too is migrated when they say so.
    if not settings.configuration.database_url:
        subprocess.run([sys.executable, "-m", "guanxi.cli", "migrate", "--quiet"], check=True)
    tree.run(settings.configuration)
