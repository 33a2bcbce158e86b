"""List segments, count a condition, count anew, check that all are exact."""

import time

import typer
from rich.console import Console
from rich.table import Table

from guanxi.core import foundation, viewers
from guanxi.core.errors import DomainError
from guanxi.core.tenancy import tenancy
from guanxi.core.viewer import Viewer
from guanxi.market.segments import queries, refreshing

needs = "database"
app = typer.Typer()
console = Console(highlight=False)
_ENTERPRISE = typer.Option(..., help="Short name of the enterprise.")


@app.command("list")
def list_(enterprise: str = _ENTERPRISE) -> None:
    """Print the segments with their sizes."""
    viewer = _viewer(enterprise)
    table = Table("Segment", "Size", "This week", "Condition")
    with tenancy(viewer):
        for one in queries.segments_for(viewer):
            size = "not counted" if one.size is None else f"{one.size:,}"
            table.add_row(one.name, size, f"{one.change:+,}", one.error or one.condition)
    console.print(table)


@app.command()
def count(condition: str, enterprise: str = _ENTERPRISE) -> None:
    """Count the customers whom a condition selects now."""
    viewer = _viewer(enterprise)
    began = time.perf_counter()
    try:
        with tenancy(viewer):
            found = queries.count_for(viewer, condition, parts=False)
            seconds = time.perf_counter() - began
            found = queries.count_for(viewer, condition)
    except DomainError as error:
        console.print(f"[red]{error}[/red]")
        raise typer.Exit(1) from error
    console.print(f"{found.size:,} of {found.base:,} customers, in {seconds * 1000:.0f} ms")
    for part in found.parts:
        console.print(f"  {part.text}: {part.selected:,}, unknown {part.unknown:,}")


@app.command()
def recount(
    enterprise: str = _ENTERPRISE,
    lay: bool = typer.Option(False, help="Make the ground anew as well, from the log and the records."),
) -> None:
    """Count every segment anew."""
    changed = refreshing.recount(_viewer(enterprise), lay=lay).changed
    console.print(f"{len(changed)} segments were counted.")


@app.command()
def check(enterprise: str = _ENTERPRISE) -> None:
    """Compare every segment with a full recount; ends with 1 where one is not exact."""
    viewer = _viewer(enterprise)
    refreshing.refresh_wholly(viewer)
    wrong = 0
    with tenancy(viewer):
        for one in queries.segments_for(viewer):
            kept, missing, surplus = queries.exact_for(viewer, one.id)
            wrong += bool(missing or surplus)
            console.print(f"{one.name}: {kept:,} customers, {missing:,} missing, {surplus:,} too many")
    raise typer.Exit(1 if wrong else 0)


def _viewer(enterprise: str) -> Viewer:
    return viewers.for_process(foundation.enterprise_named(enterprise).pk, "guanxi segment")
