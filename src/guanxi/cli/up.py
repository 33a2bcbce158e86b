"""Run everything: database, web, live push and worker, restarting what dies."""

import typer

from guanxi import settings
from guanxi.cli import tree

needs = "nothing"
app = typer.Typer()


@app.command()
def up() -> None:
    """Run everything in one process tree and restart what dies; Ctrl-C or SIGTERM stops it in good order.

    The embedded PostgreSQL belongs to the tree unless GUANXI_DATABASE_URL names another. Web, live and worker may
    also run one by one and many times on several machines: `guanxi web`, `guanxi live`, `guanxi work`.
    """
    tree.run(settings.configuration)
