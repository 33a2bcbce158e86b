"""Where the house listens: whether a port is free, and who of us holds it.

Granian shares its ports (SO_REUSEPORT), so a second server starts without a word beside another one, and requests go
now to this one and now to that. Light: no Django, no package of the house but the settings.
"""

import errno
import fcntl
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from guanxi.settings import Configuration


class PortTaken(RuntimeError):
    """Somebody else listens where we want to, or we may not listen there."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a process listens, and the setting that says so."""

    setting: str
    host: str
    port: int


def web(configuration: Configuration) -> Place:
    """Where the web process listens."""
    return Place("GUANXI_PORT", configuration.host, configuration.port)


def live(configuration: Configuration) -> Place:
    """Where the live process listens."""
    return Place("GUANXI_LIVE_PORT", configuration.host, configuration.live_port)


def refuse_taken(*places: Place) -> None:
    """Say so before anything starts when one of these places cannot be ours.

    Raises:
        PortTaken: Somebody listens there, or the system does not let us.
    """
    for place in places:
        error = trouble(place)
        if error is None:
            continue
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(
                f"Port {place.port} is taken. Stop what listens there, or set {place.setting} to a free port."
            ) from error
        raise PortTaken(
            f"Nobody can listen at {place.host}, port {place.port}: {error.strerror}. "
            f"Set GUANXI_HOST or {place.setting}."
        ) from error


def trouble(place: Place) -> OSError | None:
    """What keeps a new server from this place; None where nothing does."""
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(
            place.host, place.port, type=socket.SOCK_STREAM
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            # What was closed a moment ago is in nobody's way.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        return error
    return None


@contextmanager
def held(data: Path, place: Place) -> Iterator[None]:
    """Let others know, as long as this process or a child of it lives, that this installation listens there."""
    path = _mark(data, place)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as mark:
        # Shared: what is left of a killed process may hold it still, and is one of us.
        fcntl.flock(mark, fcntl.LOCK_SH)
        yield


def is_held_by_us(data: Path, place: Place) -> bool:
    """Whether a process of this installation listens there. The system forgets who died; nothing is to be tidied."""
    try:
        with _mark(data, place).open() as mark:
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _mark(data: Path, place: Place) -> Path:
    return data / "run" / f"port-{place.port}"
