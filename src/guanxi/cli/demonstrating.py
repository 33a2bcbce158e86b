"""The loop: from nothing to customers known, valued and explained, on a real retailer's year."""

from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from rich.console import Console

import demo
from guanxi.cli import mine, telling
from guanxi.core import foundation, migrating, viewers
from guanxi.core.importing.models import Import
from guanxi.core.resolve import resolve
from guanxi.core.tenancy import tenancy
from guanxi.core.viewer import Viewer
from guanxi.market.past import queries as past
from guanxi.mining import queries as mining
from guanxi.settings import configuration

SLUG = "journey"


def loop(console: Console) -> bool:
    """Tables, data, analysis; what is there already is left alone. Whether all of it is good."""
    if _behind():
        with console.status("Making the tables"):
            migrating.migrate(verbosity=0)
        console.print("The tables are made.")
    demo.load()
    viewer = viewers.for_process(foundation.enterprise_named(SLUG).pk, "demonstration")
    if _is_known(viewer):
        console.print("The customers are known already: nothing has come in since the last run.")
    elif not mine.run_and_report(viewer):
        return False
    if not _past_is_measured(viewer):
        with console.status("Measuring what the campaigns of before did"):
            resolve("guanxi.market.past.measuring:perform")(enterprise_id=viewer.tenant)
    telling.keep_and_tell(console, viewer)
    return True


def _past_is_measured(viewer: Viewer) -> bool:
    """Whether each campaign of before was measured since anything came in."""
    with tenancy(viewer):
        measured = past.hindsights_for(viewer).order_by("id").values_list("id", flat=True).first()
        newest = Import.objects.order_by("-id").values_list("id", flat=True).first()
    return measured is not None and (newest is None or measured > newest)


def say_where_to_go(console: Console) -> None:
    """Where the house is, what to look at and with which logins."""
    console.rule("Guanxi")
    console.print(f"[bold]{configuration.address}[/bold]  the start page says what to look at")
    for login in demo.logins():
        console.print(f"  {login.email:<24} {login.password:<14} {login.what['en']}")


def _behind() -> bool:
    executor = MigrationExecutor(connections[migrating.OWNER])
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _is_known(viewer: Viewer) -> bool:
    """Whether the last good run saw everything that came in."""
    with tenancy(viewer):
        run = mining.last_good_run(viewer)
        newest = Import.objects.order_by("-id").values_list("id", flat=True).first()
    # Ids of version 7 grow with real time; the times of an enterprise whose clock stands still do not.
    return run is not None and (newest is None or run.pk > newest)
