"""Run one web process: pages, API and gateway (WSGI)."""

import typer
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server import Server

from guanxi import settings
from guanxi.cli import ground, ports

needs = "nothing"
app = typer.Typer()


@app.command()
def web() -> None:
    """Run the web process: pages, API and gateway.

    GUANXI_HOST, GUANXI_PORT, GUANXI_WEB_PROCESSES and GUANXI_WEB_THREADS say where and how many.
    """
    configuration = settings.configuration
    place = ports.web(configuration)
    if not ground.in_tree():
        ports.refuse_taken(place)
    ground.wait_for_database()
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    server = Server(
        "guanxi.wsgi:application",
        address=place.host,
        port=place.port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=configuration.web_processes,
        blocking_threads=configuration.web_threads,
        # More than the threads can hold wait here; beyond that the client is told to come back.
        backlog=1024,
        respawn_failed_workers=True,
        log_access=False,
        log_level=LogLevels.warning,
    )
    with ports.held(configuration.data, place):
        server.serve(target_loader=ground.load_as_child)
