"""Measure every customer of an enterprise and print what was found."""

from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from guanxi.core import foundation, viewers
from guanxi.core.resolve import resolve
from guanxi.core.viewer import Viewer

needs = "database"
app = typer.Typer()
console = Console(highlight=False)


@app.command()
def mine(
    enterprise: str = typer.Option("", help="Short name of the enterprise; all of them when left out."),
) -> None:
    """Bring the lake up to date, measure every customer, test the measures on the last third, store the scores.

    The same run as by schedule or by the button on the page *Mining*, in this process, with progress bars. A run that
    fails leaves the last good scores in place, and this command ends with 1.
    """
    ids = [foundation.enterprise_named(enterprise).pk] if enterprise else viewers.enterprise_ids()
    failed = [one for one in ids if not run_and_report(viewers.for_process(one, "guanxi mine"))]
    raise typer.Exit(1 if failed else 0)


def run_and_report(viewer: Viewer) -> bool:
    """Run the measures of an enterprise now and print the report; whether it ended well."""
    columns = (TextColumn("{task.description:<20}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bars:
        run = resolve("guanxi.mining.runs:perform_now")(viewer, tell=_Bars(bars))
    if run.error:
        console.print(f"[red]The run failed; the last good scores stay.[/red]\n{run.error}")
        return False
    _print(run, viewer.currency)
    return True


class _Bars:
    """One bar for each step."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, step: str, done: int, total: int) -> None:
        for name, task in self._tasks.items():
            if name != step:
                self._bars.update(task, completed=1, total=1)
        if step not in self._tasks:
            self._tasks[step] = self._bars.add_task(step, total=None)
        self._bars.update(self._tasks[step], completed=done, total=max(total, 1))


def _print(run: Any, currency: str) -> None:
    value, tested = run.report["value"], run.report.get("backtest")
    facts = Table(show_header=False, box=None, padding=(0, 2))
    facts.add_row("As of", f"{run.as_of:%Y-%m-%d}, engine {run.report['engine']}")
    facts.add_row("Rows", ", ".join(f"{number:,} {name}" for name, number in run.rows.items()))
    facts.add_row("Seconds", ", ".join(f"{step} {seconds:.1f}" for step, seconds in run.seconds.items()))
    facts.add_row("Value in three years", f"{value['total']:,.0f} {currency} ({value['basis']})")
    facts.add_row("Median customer", f"{value['median']:,.0f} {currency}")
    facts.add_row("Held by the best tenth", f"{value['top_tenth']:.0%} (Gini {value['gini']:.2f})")
    levels = value["levels"]
    facts.add_row("Evidence", f"A {levels['A']:,} · B {levels['B']:,} · C {levels['C']:,}")
    if tested:
        facts.add_row(
            "Hold-out",
            f"{tested['predicted']:,.0f} purchases predicted, {tested['actual']:,} happened ({tested['off']:+.1%}), "
            f"correlation {tested['correlation']:.2f}, {tested['coverage']:.0%} inside the {tested['promised']:.0%} "
            "interval",
        )
    console.print(facts)
    _bars_of(value["bars"], currency)


def _bars_of(bars: list[dict[str, float]], currency: str) -> None:
    most = max(bar["customers"] for bar in bars) or 1
    table = Table(
        title="Customers by value", title_justify="left", box=None, padding=(0, 2), show_header=False
    )
    for bar in bars:
        width = round(40 * bar["customers"] / most)
        table.add_row(f"{bar['from']:,.0f}–{bar['to']:,.0f} {currency}", f"{bar['customers']:,}", "█" * width)
    console.print(table)
