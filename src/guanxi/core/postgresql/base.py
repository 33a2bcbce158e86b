"""Whether a kept connection still stands, without asking the server.

Django asks `SELECT 1` at the beginning of each request. A server that went away has closed its end, and that can be
read from the socket.
"""

import select

import psycopg
from django.db.backends.postgresql import base
from psycopg.pq import ConnStatus, TransactionStatus


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's own, but for `is_usable`."""

    def is_usable(self) -> bool:
        """Whether the server holds its end: an idle connection has nothing to read but its parting words."""
        if self.connection is None:
            return False
        wire = self.connection.pgconn
        waiting = select.poll()
        try:
            waiting.register(wire.socket, select.POLLIN)
            while waiting.poll(0):
                wire.consume_input()
        except (psycopg.OperationalError, ValueError, OSError):
            return False
        return bool(wire.status == ConnStatus.OK and wire.transaction_status != TransactionStatus.INERROR)
