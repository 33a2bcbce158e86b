"""The loop report on a terminal."""

from rich.console import Console
from rich.table import Table

from guanxi.core.tenancy import tenancy
from guanxi.core.viewer import Viewer
from guanxi.market.loop import services


def keep_and_tell(console: Console, viewer: Viewer) -> None:
    """Make the loop report, keep it as that of today, and print it; what is not known is grey."""
    with tenancy(viewer):
        report = services.keep(viewer=viewer)
    console.rule(f"The loop, as of {report.as_of:%Y-%m-%d}")
    for part in report.parts:
        table = Table(
            title=part.title,
            title_justify="left",
            title_style="bold",
            box=None,
            show_header=False,
            padding=(0, 2),
        )
        table.add_column(ratio=1)
        table.add_column(justify="right", no_wrap=True)
        for line in part.lines:
            note = f"\n[dim]{line.note}[/dim]" if line.note else ""
            table.add_row(
                f"{line.label}{note}" if line.known else f"[dim]{line.label}[/dim]{note}", line.value
            )
        console.print(table)
        console.print()
