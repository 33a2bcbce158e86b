"""Batches read, converted and prepared ahead of the database: of a long file in a process of its own.

A second thread would not do: reading and preparing is work of the interpreter, and a process has one interpreter at
work at a time. The child asks no database. It is at most two batches ahead of the one that is being stored, and waits
until one of them is fetched; when nobody is there any more to fetch it, it ends.
"""

from __future__ import annotations

import gc
import logging
import os
import pickle
import subprocess
import sys
from collections.abc import Generator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import IO, Any, BinaryIO

from django.conf import settings
from django.utils import translation

from guanxi.core.errors import DomainError
from guanxi.core.importing import plan, reading, values
from guanxi.core.importing.targets import Prepare, TargetField

logger = logging.getLogger(__name__)
#: Bytes from which a file pays for a process of its own, whose start takes one or two seconds.
LONG = 2 * 2**20
HEAD_START = 3  # batches that are made here while the child gets ready
_COLLECTED = 10  # batches between two looks for cycles
_WAITING = 2**20  # bytes of a batch that the child need not wait for us to fetch; the most that Linux allows
_PATIENCE = 10.0  # seconds in which a child that is to end does so


class Lost(RuntimeError):
    """The process that read the file ended before the file did; the run can go on at its checkpoint."""


@dataclass(frozen=True, slots=True)
class Task:
    """All that it takes to make a file's batches, in this process or in another."""

    path: Path
    layout: reading.Layout
    mapping: Mapping[str, str]
    fields: Mapping[str, TargetField]
    habits: values.Habits
    match: tuple[str, ...]
    after: int  # the last row that is not wanted
    size: int
    prepare: Prepare | None
    alike: tuple[str, ...] = ()  # fields by which the run tells that one row repeats another
    language: str = "en"

    def batches(self) -> Generator[plan.Batch, None, None]:
        """The batches, made as they are asked for."""
        with closing(reading.read(self.path, self.layout)) as reader:
            recipe = plan.Plan(
                reader.headings,
                self.mapping,
                self.fields,
                habits=self.habits,
                match=self.match,
                alike=self.alike,
                prepare=self.prepare,
            )
            rest = (found for found in reader if found.number > self.after)
            yield from recipe.batches(rest, done=reader.done, size=self.size)


@dataclass(frozen=True, slots=True)
class Fault:
    """What went wrong in the child, in words: an error of ours is told to whoever uploaded the file."""

    reason: str
    ours: bool


def batches(task: Task) -> Generator[plan.Batch, None, None]:
    """The batches of a file; close it when it is not to be read to its end."""
    if task.path.stat().st_size < LONG:
        yield from task.batches()
    else:
        yield from _fetched(task)


def _fetched(task: Task) -> Iterator[plan.Batch]:
    # The next batch is unpacked while the database works on this one.
    with ThreadPoolExecutor(1) as unpacking, _child() as child:
        assert child.stdin is not None  # both are pipes
        assert child.stdout is not None
        last = task.after
        with closing(task.batches()) as ours:
            for batch in islice(ours, HEAD_START):
                last = batch.last
                yield batch
        try:
            pickle.dump(replace(task, after=last), child.stdin, pickle.HIGHEST_PROTOCOL)
            child.stdin.close()
            coming = unpacking.submit(pickle.load, child.stdout)
            while (thing := coming.result()) is not None:
                if isinstance(thing, Fault):
                    raise reading.Unreadable(thing.reason) if thing.ours else Lost(thing.reason)
                coming = unpacking.submit(pickle.load, child.stdout)
                yield thing
        except (EOFError, pickle.UnpicklingError, BrokenPipeError) as error:
            raise Lost(_ended(child)) from error


@contextmanager
def _child() -> Iterator[subprocess.Popen[bytes]]:
    """A process that makes batches; it does not outlive the block."""
    child = subprocess.Popen(
        [sys.executable, "-m", "guanxi.core.importing.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        pipesize=_WAITING,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": settings.SETTINGS_MODULE},
    )
    try:
        yield child
    finally:
        # First the child: a thread may be reading what it says, and a pipe cannot be closed while it is read.
        child.terminate()
        try:
            child.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        for pipe in (child.stdin, child.stdout):
            _close(pipe)


def _close(pipe: IO[Any] | None) -> None:
    """Close our end, though what waits in it can no longer be said."""
    try:
        if pipe is not None:
            pipe.close()
    except BrokenPipeError:
        logger.debug("the child had ended before it was told everything")


def _ended(child: subprocess.Popen[bytes]) -> str:
    try:
        how = child.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        how = None
    return f"The process that read the file ended too early ({how}). Resume the import to go on."


def answer(asked: BinaryIO, out: BinaryIO) -> None:
    """In the child: read one task, write its batches, and `None` after the last."""
    try:
        task: Task = pickle.load(asked)  # noqa: S301  our own parent said it
    except EOFError:
        return  # it ended, or needs us no more
    # What is there already stays, and between two looks nothing that goes is part of a cycle.
    gc.freeze()
    gc.disable()
    try:
        with translation.override(task.language):
            for number, batch in enumerate(task.batches(), start=1):
                _say(batch, out)
                if number % _COLLECTED == 0:
                    gc.collect()
        _say(None, out)
    except BrokenPipeError:
        raise
    except DomainError as error:
        _say(Fault(str(error), ours=True), out)
    except Exception as error:  # the border of the process: told to the one that waits, which records it
        _say(Fault(f"{type(error).__name__}: {error}"[:2000], ours=False), out)
        raise


def _say(thing: plan.Batch | Fault | None, out: BinaryIO) -> None:
    pickle.dump(thing, out, pickle.HIGHEST_PROTOCOL)
    out.flush()
