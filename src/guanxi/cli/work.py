"""Run one worker: events, reactions, messages, jobs and schedules."""

import typer

from guanxi.cli import ground, working

app = typer.Typer()


@app.command()
def work(
    analysing: bool = typer.Option(False, help="Run the analysis jobs that wait, then end."),
) -> None:
    """Run one worker: it digests events, sends messages, runs reactions, jobs and schedules, rescues stalled jobs.

    It starts `guanxi work --analysing` by itself when there is something to analyse; that one ends when it is done.
    """
    ground.wait_for_database()
    if analysing:
        working.analyse()
    else:
        ground.settle()
        working.work()
