"""Speaking with the server below the cursor, without holding the interpreter's lock while it works.

libpq's own waiting would hold it until the disk has written, and with it every other thread of the process; psycopg's
costs a millisecond of CPU.
"""

import select

from psycopg.pq.abc import PGconn, PGresult


def flush(wire: PGconn) -> None:
    """See the last byte of what was said off; what the server says meanwhile is taken in."""
    ready = _poll(wire, select.POLLIN | select.POLLOUT)
    while wire.flush():
        ready.poll()
        wire.consume_input()


def result(wire: PGconn) -> PGresult | None:
    """Send what waits and give the next result; None after the last one."""
    flush(wire)
    ready = _poll(wire, select.POLLIN)
    while wire.is_busy():
        ready.poll()
        wire.consume_input()
    return wire.get_result()


def _poll(wire: PGconn, what: int) -> select.poll:
    # Not `select`, which takes no socket beyond the first 1,024: a web process holds as many.
    ready = select.poll()
    ready.register(wire.socket, what)
    return ready
