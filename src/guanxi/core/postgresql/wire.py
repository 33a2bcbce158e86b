"""Speaking with the server below the cursor, without holding the interpreter's lock while it works.

libpq's own waiting would hold it until the disk has written, and with it every other thread of the process; psycopg's
costs a millisecond of CPU.
"""

import select

from psycopg.pq.abc import PGconn, PGresult


def flush(wire: PGconn) -> None:
    """See the last byte of what was said off; what the server says meanwhile is taken in."""
    while wire.flush():
        _wait(wire, select.POLLIN | select.POLLOUT)


def result(wire: PGconn) -> PGresult | None:
    """Send what waits and give the next result; None after the last one."""
    flush(wire)
    while wire.is_busy():
        _wait(wire, select.POLLIN)
    return wire.get_result()


def _wait(wire: PGconn, what: int) -> None:
    # Not `select`, which takes no socket beyond the first 1,024: a web process holds as many.
    ready = select.poll()
    ready.register(wire.socket, what)
    ready.poll()
    wire.consume_input()
