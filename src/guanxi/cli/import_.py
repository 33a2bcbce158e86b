"""Bring a file into an enterprise: customers, products, orders, coupons, stores."""

from pathlib import Path
from uuid import UUID

import typer
from rich.console import Console
from rich.prompt import Confirm
from rich.table import Table

from guanxi.core import foundation, progress, viewers
from guanxi.core.errors import Invalid
from guanxi.core.importing import queries, running, services, shelf, targets
from guanxi.core.importing.models import Import, State
from guanxi.core.tenancy import tenancy
from guanxi.core.viewer import Viewer

needs = "database"
app = typer.Typer()
console = Console()


@app.command()
def import_file(
    file: Path = typer.Argument(
        None, exists=True, dir_okay=False, readable=True, help="CSV, TSV, Excel workbook (.xlsx) or Parquet."
    ),
    enterprise: str = typer.Option("", "--enterprise", "-e", help="The enterprise's short name."),
    target: str = typer.Option(
        "", help="What the rows become, e.g. people.customer; guessed where left out."
    ),
    columns: list[str] = typer.Option(
        [],
        "--map",
        help="Column=field; repeat it. Unnamed columns keep the proposal; Column= leaves one out.",
    ),
    match: list[str] = typer.Option(
        [], help="Field by which rows find what is there already; repeat it in order."
    ),
    encoding: str = typer.Option("", help="Encoding of the text, where the detection is wrong."),
    delimiter: str = typer.Option("", help="Sign between cells, where the detection is wrong."),
    sheet: str = typer.Option("", help="Sheet of the workbook; the first where left out."),
    date_order: str = typer.Option("", help="YMD, DMY or MDY, for dates such as 03/04/2024."),
    decimal_sign: str = typer.Option("", help="Point or comma."),
    zone: str = typer.Option("", help="Time zone of times without one; the enterprise's where left out."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Count what would happen and write nothing."),
    yes: bool = typer.Option(False, "--yes", "-y", help="Do not ask before writing."),
    outcome: Path = typer.Option(None, dir_okay=False, help="Write the outcome file (one line a row) here."),
    mend: Path = typer.Option(None, dir_okay=False, help="Write the rows that were set aside here."),
    resume: UUID = typer.Option(None, help="Go on with this import instead of beginning one."),
    undo: UUID = typer.Option(None, help="Take this import back instead of beginning one."),
) -> None:
    """Bring a file in. Killed at any moment, it goes on with `--resume` where it stopped."""
    viewer = viewers.for_process(foundation.enterprise_named(_named(enterprise)).pk, "import")
    if undo or resume:
        run = _again(viewer, undo=undo, resume=resume)
    else:
        run = _received(viewer, file, target, {"encoding": encoding, "delimiter": delimiter, "sheet": sheet})
        habits = {"date_order": date_order.upper(), "decimal_sign": decimal_sign, "zone": zone}
        run = _configured(viewer, run, columns, match, habits)
        run = _done(viewer, run, dry_run=dry_run, yes=yes)
    _write(viewer, run, outcome, mend)
    if run.state == State.FAILED:
        raise typer.Exit(1)


def _named(enterprise: str) -> str:
    if not enterprise:
        raise Invalid("Say which enterprise: --enterprise short-name.", field="enterprise")
    return enterprise


def _again(viewer: Viewer, *, undo: UUID | None, resume: UUID | None) -> Import:
    with tenancy(viewer):
        if undo:
            run = services.begin_undo(viewer, undo, defer=False)
        else:
            run = services.resume(viewer, resume or UUID(int=0), defer=False)
    return _execute(viewer, run)


def _received(viewer: Viewer, file: Path | None, target: str, layout: dict[str, str]) -> Import:
    if file is None:
        raise Invalid("Name a file, or an import with --resume or --undo.", field="file")
    with tenancy(viewer):
        return services.receive(
            viewer, name=file.name, chunks=shelf.chunks_of(file), target=target, layout=layout, origin="command",
            language=viewer.language,
        )  # fmt: skip


def _configured(
    viewer: Viewer, run: Import, columns: list[str], match: list[str], habits: dict[str, str]
) -> Import:
    mapping = dict(run.mapping)
    for pair in columns:
        heading, equals, name = pair.rpartition("=")
        if not equals:
            raise Invalid("Write --map as Column=field.", field="map")
        mapping = {column: field for column, field in mapping.items() if field != name or not name}
        mapping[heading] = name
    keys = match or [key for key in run.match if key in mapping.values()]
    with tenancy(viewer):
        return services.configure(viewer, run.pk, mapping=mapping, match=keys, habits=habits)


def _done(viewer: Viewer, run: Import, *, dry_run: bool, yes: bool) -> Import:
    """The dry run first, unless nobody is to be asked; then the run."""
    if dry_run or not yes:
        _show_mapping(run)
        run = _begin(viewer, run, dry=True)
        if dry_run or run.state != State.CHECKED or not Confirm.ask("Bring these rows in?", default=False):
            return run
    return _begin(viewer, run, dry=False)


def _begin(viewer: Viewer, run: Import, *, dry: bool) -> Import:
    with tenancy(viewer):
        begun = services.begin(viewer, run.pk, dry=dry, defer=False)
    return _execute(viewer, begun)


def _execute(viewer: Viewer, run: Import) -> Import:
    verbs = {State.CHECKING: "Checking", State.RUNNING: "Bringing in", State.UNDOING: "Taking back"}
    shown = 0
    with progress.track(f"{verbs[State(run.state)]} {run.file_name}", total=100) as step:

        def report(now: Import) -> None:
            nonlocal shown
            step.advance(now.percent - shown)
            shown = now.percent

        try:
            run = running.execute(viewer, run.pk, report=report)
        except KeyboardInterrupt:
            console.print(f"Interrupted. Go on with: guanxi import --enterprise … --resume {run.pk}")
            raise typer.Exit(130) from None
    _show_counts(run)
    return run


def _show_mapping(run: Import) -> None:
    table = Table(
        "Column", "Field", title=f"{run.file_name} → {targets.get(run.target).label}", title_justify="left"
    )
    for heading in run.headings:
        table.add_row(heading, run.mapping.get(heading, "[dim]–[/]"))
    console.print(table)
    console.print(
        f"Matched by: {', '.join(run.match) or 'nothing'} · {run.layout} · {run.habits}", style="dim"
    )


def _show_counts(run: Import) -> None:
    if run.state == State.FAILED:
        console.print(f"[red]Failed:[/] {run.error}")
    words = [
        f"{run.creates} new", f"{run.updates} changed", f"{run.unchanged} unchanged",
        f"{run.conflicts} conflicts", f"{run.rejects} set aside",
    ]  # fmt: skip
    if run.state == State.UNDONE:
        words = [f"{run.undone} taken back", f"{run.refused} left because they changed since"]
    head = "Would be" if run.dry else ("Undone" if run.state == State.UNDONE else "Done")
    console.print(f"{head}: {' · '.join(words)}  [dim]{run.seconds:.1f} s, import {run.pk}[/]")
    if run.stored is not None and run.state == State.DONE:
        console.print(f"Stored, looked up in the database: {run.stored}")
    for reason, count in list(run.reasons.items())[:10]:
        console.print(f"  {count} × {reason}", style="yellow", markup=False)


def _write(viewer: Viewer, run: Import, outcome: Path | None, mend: Path | None) -> None:
    for path, lines in ((outcome, queries.outcome_lines), (mend, queries.mending_lines)):
        if path is not None:
            with path.open("w", newline="") as file:
                file.writelines(lines(viewer, run))
            console.print(f"Wrote {path}")
