"""Offers: list them, show one with its numbers, give codes, end it."""

from pathlib import Path
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Table

from guanxi.core import foundation, viewers
from guanxi.core.errors import DomainError
from guanxi.core.tenancy import tenancy
from guanxi.core.viewer import Viewer
from guanxi.market.offers import queries, services, words

needs = "database"
app = typer.Typer(no_args_is_help=True)
console = Console(highlight=False)
_ENTERPRISE = typer.Option(..., help="Short name of the enterprise.")


@app.command("list")
def list_(
    enterprise: str = _ENTERPRISE, state: str = typer.Option("", help="draft, live, paused or ended.")
) -> None:
    """List the offers of an enterprise, newest first."""
    viewer = _viewer(enterprise)
    table = Table("Id", "Name", "State", "Terms", "Redeemed", "Discount")
    with tenancy(viewer):
        rows = list(queries.offers_for(viewer, state=state).order_by("-created_at", "-id"))
        numbers = queries.numbers_for(viewer, rows)
        for row in rows:
            now = numbers[row.pk]
            table.add_row(
                str(row.pk),
                row.name,
                row.state,
                words.sentence(row),
                str(now.redeemed),
                f"{now.discount} {row.currency}",
            )
    console.print(table)


@app.command()
def show(offer: str = typer.Argument(help="Its id."), enterprise: str = _ENTERPRISE) -> None:
    """Show one offer: its terms, and what became of its codes and money."""
    viewer = _viewer(enterprise)
    with tenancy(viewer):
        found = queries.offer_for(viewer, _id(offer))
        numbers = queries.numbers_for(viewer, [found])[found.pk]
        refusals = queries.refusals_for(viewer, found)
    console.print(f"{found.name} ({found.state})\n{words.sentence(found)}")
    table = Table("", "In all", "Open", "Reserved", "Redeemed", "Expired")
    for name, tally in (("Codes", numbers.codes), ("Uses", numbers.uses), ("Budget", numbers.budget)):
        if tally is not None:
            parts = (tally.whole, tally.open, tally.reserved, tally.spent, tally.expired)
            table.add_row(name, *(f"{part:,.2f}".removesuffix(".00") for part in parts))
    console.print(table)
    for reason, count in refusals:
        console.print(f"{count:>8,}  {reason.label}")


@app.command()
def turn(
    offer: str = typer.Argument(help="Its id."),
    state: str = typer.Argument(help="live, paused or ended."),
    enterprise: str = _ENTERPRISE,
) -> None:
    """Put an offer live, pause it, or end it for ever."""
    if state not in ("live", "paused", "ended"):
        raise typer.BadParameter("write live, paused or ended", param_hint="STATE")
    viewer = _viewer(enterprise)
    try:
        with tenancy(viewer):
            services.turn(viewer=viewer, offer_id=_id(offer), state=state)
    except DomainError as error:
        raise typer.BadParameter(f"{error} {error.help}".strip()) from error
    typer.echo(f"The offer is {state}.")


@app.command()
def print_codes(
    offer: str = typer.Argument(help="Its id."),
    count: int = typer.Option(..., help="How many, up to 100,000."),
    key: str = typer.Option(..., help="What for, such as “flyer May”; the same key gives the same codes."),
    enterprise: str = _ENTERPRISE,
    to: Path = typer.Option(..., help="The file that they are written to, one a line."),
) -> None:
    """Make codes for whoever brings them, and write them to a file."""
    viewer = _viewer(enterprise)
    try:
        with tenancy(viewer):
            made = services.print_codes(viewer=viewer, offer_id=_id(offer), count=count, key=key)
    except DomainError as error:
        raise typer.BadParameter(f"{error} {error.help}".strip()) from error
    to.write_text("\n".join(made) + "\n")
    typer.echo(f"{len(made):,} codes are in {to}.")


def _viewer(enterprise: str) -> Viewer:
    return viewers.for_process(foundation.enterprise_named(enterprise).pk, "guanxi offer")


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no id: `guanxi offer list` shows them") from error
