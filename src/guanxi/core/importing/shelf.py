"""Where uploaded files lie until their days are over: under the data folder, readable by this installation alone."""

import hashlib
import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from uuid import UUID

from guanxi.settings import configuration

CHUNK = 2**20


def folder() -> Path:
    """The folder of all uploads (0700)."""
    path = configuration.data / "imports"
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def place(enterprise_id: UUID, import_id: UUID) -> Path:
    """Where the file of an import lies, whether it is still there or not."""
    return folder() / str(enterprise_id) / str(import_id)


def keep(path: Path, chunks: Iterable[bytes]) -> tuple[int, str]:
    """Write a file that only this user may read; returns its size and SHA-256."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    size, digest = 0, hashlib.sha256()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        for chunk in chunks:
            file.write(chunk)
            digest.update(chunk)
            size += len(chunk)
    return size, digest.hexdigest()


def chunks_of(path: Path) -> Iterator[bytes]:
    """A file in pieces, for `keep`."""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def sweep(days: int) -> int:
    """Delete the files that are older than so many days; returns how many."""
    limit = time.time() - days * 86_400
    old = [path for path in folder().glob("*/*") if path.stat().st_mtime < limit]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)
