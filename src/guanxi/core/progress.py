"""Progress of long steps: a bar on a terminal, silence elsewhere. What a page shows is kept by the run itself."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

console = Console(stderr=True)


class Step:
    """One long step under way."""

    def __init__(self, bar: Progress | None, total: int | None, description: str) -> None:
        self._bar = bar
        self._task = bar.add_task(description, total=total) if bar else None

    def advance(self, by: int = 1) -> None:
        """Say that `by` more pieces are done."""
        if self._bar is not None and self._task is not None:
            self._bar.advance(self._task, by)

    def total(self, total: int) -> None:
        """Say how many pieces there are, where that is known only later."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, total=total)


@contextmanager
def track(description: str, *, total: int | None = None) -> Iterator[Step]:
    """Show a step's progress while the block runs.

    Args:
        description: What is done, as a person reads it.
        total: The number of pieces; None while it is unknown.
    """
    if not sys.stderr.isatty():
        yield Step(None, total, description)
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as bar:
        yield Step(bar, total, description)
