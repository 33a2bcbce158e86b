"""Django's backend with two differences: whether a kept connection still stands is seen without asking the server, and
what needs no answer waits for what does (`line`).

Django asks `SELECT 1` at the beginning of each request. A server that went away has closed its end, and that can be
read from the socket.
"""

import select
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from django.db.backends.utils import debug_transaction
from psycopg.abc import Buffer, PQGen
from psycopg.adapt import Loader
from psycopg.pq import ConnStatus, Format, TransactionStatus
from psycopg.pq.abc import PGconn

from guanxi.core.postgresql.line import Answer, Line, Statement

_moment: type[Loader] = psycopg.adapters.get_loader(  # type: ignore[assignment]  # it has one
    psycopg.adapters.types["timestamptz"].oid, Format.TEXT
)


class Json(Loader):
    """Text, as Django wants it, also where rows come as the server keeps them (with a version before it)."""

    format = Format.BINARY

    def load(self, data: Buffer) -> str:
        """The text behind the version."""
        return bytes(data)[1:].decode()


class Connection(psycopg.Connection[Any]):
    """psycopg's own, which says what waits before it says anything itself."""

    def __init__(self, pgconn: PGconn, *arguments: Any, **named: Any) -> None:
        super().__init__(pgconn, *arguments, **named)
        self.line = Line(self)

    def wait(self, gen: PQGen[Any], *arguments: Any, **named: Any) -> Any:
        """Hear the answers to what waited, then go on."""
        self.line.settle()
        return super().wait(gen, *arguments, **named)


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's own, but for looking at the connection and for what the ends of a transaction cost."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection:
        """A connection with a line; of Django's options those for pools and isolation are not offered."""
        self.isolation_level = psycopg.IsolationLevel.READ_COMMITTED
        made = Connection.connect(**conn_params)
        # Times are read by psycopg's own reader, written in C; Django's is written in Python.
        made.adapters.register_loader("timestamptz", _moment)
        made.adapters.register_loader("jsonb", Json)
        return made

    def create_cursor(self, name: str | None = None) -> Any:
        """A cursor; the connection's times are in UTC, so that none needs a reader of its own."""
        if name is None:
            return self.connection.cursor()
        return self.connection.cursor(name, scrollable=False, withhold=self.connection.autocommit)

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

    def _commit(self) -> None:
        if self.connection is not None:
            with debug_transaction(self, "COMMIT"), self.wrap_database_errors:
                self.connection.line.commit()

    def _rollback(self) -> None:
        if self.connection is not None:
            self.connection.line.forget()
        super()._rollback()  # type: ignore[misc]  # the stubs do not know it

    def _savepoint(self, sid: str) -> None:
        self._say(self.ops.savepoint_create_sql(sid))

    def _savepoint_commit(self, sid: str) -> None:
        line: Line = self.connection.line
        self._say(self.ops.savepoint_commit_sql(sid))
        # What was done inside is found wrong inside.
        if line.busy:
            with self.wrap_database_errors:
                line.settle()

    def _savepoint_rollback(self, sid: str) -> None:
        self.connection.line.hear()
        super()._savepoint_rollback(sid)  # type: ignore[misc]  # the stubs do not know it

    def _say(self, text: str) -> None:
        line: Line = self.connection.line
        line.say(Answer(line, Statement(text, kept=False), (), idle=True))
