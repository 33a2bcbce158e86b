"""Run one live process: events pushed to open pages (ASGI)."""

import typer
from granian.constants import HTTPModes, Interfaces, Loops
from granian.log import LogLevels
from granian.server import Server

from guanxi import settings
from guanxi.cli import ground, ports

needs = "nothing"
app = typer.Typer()


@app.command()
def live() -> None:
    """Run the live process: topics of what changed, pushed to open pages as server-sent events.

    GUANXI_HOST and GUANXI_LIVE_PORT say where. It connects to PostgreSQL directly: LISTEN passes no pooler.
    """
    configuration = settings.configuration
    place = ports.live(configuration)
    if not ground.in_tree():
        ports.refuse_taken(place)
    ground.wait_for_database()
    server = Server(
        "guanxi.live:application",
        address=place.host,
        port=place.port,
        interface=Interfaces.ASGI,
        loop=Loops.asyncio,
        http=HTTPModes.http1,
        websockets=False,
        workers=1,
        respawn_failed_workers=True,
        log_access=False,
        log_level=LogLevels.warning,
    )
    with ports.held(configuration.data, place):
        server.serve(target_loader=ground.load_as_child)
