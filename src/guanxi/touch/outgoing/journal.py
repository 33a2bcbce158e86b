"""What this worker has handed over, kept on disk while the database does not know it yet.

A line is written before a message leaves and another when the provider has answered. A killed process loses none of
them (the system keeps what was written); a machine that lost its power may, and then nothing is taken for certain. So
whoever finds the journal of a dead worker knows which messages never left, which were accepted, and which few are
in doubt, without a commit for each message.
"""

import fcntl
import os
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_LARGE = 2**20


def boot() -> str:
    """What tells this run of the machine from the one before."""
    return _BOOT.read_text().strip() if _BOOT.exists() else ""


class Journal:
    """The journal of this process; other processes see by its lock that we live."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder = folder
        self.worker = f"{socket.gethostname()[:40]}-{os.getpid()}-{secrets.token_hex(4)}"
        self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._guard = threading.Lock()
        self._open = 0
        self._begin()

    @property
    def path(self) -> Path:
        """Where it lies."""
        return self.folder / f"{self.worker}.journal"

    def begin(self) -> None:
        """Messages are on their way: what is written from now on stays until they are noted."""
        with self._guard:
            self._open += 1

    def noted(self) -> None:
        """The database knows what became of a batch. One that is never noted keeps the journal for ever."""
        with self._guard:
            self._open -= 1
            if not self._open and os.fstat(self._file).st_size > _LARGE:
                os.ftruncate(self._file, 0)
                self._begin()

    def so_far(self) -> "Left":
        """What this worker has handed over, as it would be found after its death."""
        return _read(self.path)

    def handing(self, key: UUID) -> None:
        """A message is about to leave."""
        os.write(self._file, b"> %s\n" % key.hex.encode())

    def accepted(self, key: UUID) -> None:
        """The provider has taken it."""
        os.write(self._file, b"= %s\n" % key.hex.encode())

    def refused(self, key: UUID) -> None:
        """The provider has not taken it."""
        os.write(self._file, b"! %s\n" % key.hex.encode())

    def close(self) -> None:
        """End it; where something is not noted, it stays for whoever settles it."""
        with suppress(OSError):
            os.close(self._file)
        if not self._open:
            self.path.unlink(missing_ok=True)

    def _begin(self) -> None:
        os.write(self._file, f"boot {boot()}\n".encode())


@dataclass(frozen=True, slots=True)
class Left:
    """What a dead worker left behind.

    Attributes:
        whole: Nothing that was written can be missing.
        handed: What it had begun to hand over.
        accepted: What the provider had taken.
        refused: What the provider had not taken.
    """

    worker: str
    whole: bool
    handed: frozenset[UUID]
    accepted: frozenset[UUID]
    refused: frozenset[UUID]

    @property
    def in_doubt(self) -> frozenset[UUID]:
        """Handed over, and nobody knows what became of it."""
        return self.handed - self.accepted - self.refused


@contextmanager
def left_behind(path: Path) -> Iterator[Left | None]:
    """The journal of a worker, held so that nobody else settles it; None where the worker lives."""
    try:
        file = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        yield None
        return
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
            return
        yield _read(path)
    finally:
        os.close(file)


def _read(path: Path) -> Left:
    marks: dict[str, set[UUID]] = {">": set(), "=": set(), "!": set()}
    first, *lines = path.read_text(errors="replace").splitlines() or [""]
    for text in lines:
        mark, _space, key = text.partition(" ")
        if mark in marks and len(key) == 32:
            marks[mark].add(UUID(hex=key))
    whole = bool(boot()) and first == f"boot {boot()}"
    return Left(path.stem, whole, frozenset(marks[">"]), frozenset(marks["="]), frozenset(marks["!"]))
