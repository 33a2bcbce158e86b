"""What is said to the server in one breath.

A statement that nobody waits for waits itself, and goes off together with the next one that somebody does wait for, in
the order in which they were said: a round trip costs both sides more than most statements do. Each connection has a
statement read and planned once. Django's own statements, and the end of the transaction, come after what waits.

What is wrong with a statement is known when it has gone off: at its answer, at the next statement of Django's or at the
end of the savepoint or transaction around it.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any
from uuid import UUID

import psycopg
from django.db import DataError, connection, connections
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, Format, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult

from guanxi.core.arrays import Column
from guanxi.core.postgresql import wire

_DONE = (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK)


class Statement:
    """A statement with `$1`, `$2` … for its values; `kept` ones are planned once a connection, under a name.

    A kept plan is made for any values: none whose best plan hangs on how many rows a list has. The rows of a
    `binary` one come as the server keeps them, which is read five times as fast; a value alone needs it not.
    """

    __slots__ = ("form", "name", "text")

    def __init__(self, text: str, *, kept: bool = True, binary: bool = False) -> None:
        self.text = text.encode()
        self.form = Format.BINARY if binary else Format.TEXT
        self.name = blake2b(self.text, digest_size=12).hexdigest().encode() if kept else b""


class Answer:
    """What the server answers to a statement; to ask for it is to wait for it."""

    __slots__ = ("_error", "_result", "formats", "idle", "line", "statement", "values")

    def __init__(self, line: "Line", statement: Statement, values: Sequence[object], *, idle: bool) -> None:
        self.line, self.statement, self.idle = line, statement, idle
        self.values, self.formats = _encoded(values)
        self._result: PGresult | None = None
        self._error: Exception | None = None

    @property
    def rows(self) -> list[tuple[Any, ...]]:
        """The rows that came back."""
        return self.line.read(self._given(), self.statement.form)

    @property
    def count(self) -> int:
        """How many rows were written."""
        return self._given().command_tuples or 0

    def take(self, result: PGresult | None, error: Exception | None) -> None:
        """Keep what came."""
        self._result, self._error = result, error

    def _given(self) -> PGresult:
        if self._result is None:
            with connection.wrap_database_errors:
                self._hear()
        return self._result  # type: ignore[return-value]  # `_hear` has raised where there is none

    def _hear(self) -> None:
        if self._error is None:
            self.line.settle()
        if self._error is not None:
            raise self._error


def say(statement: Statement, *values: object, idle: bool = False) -> Answer:
    """Have a statement go off with the next one that somebody waits for.

    Args:
        idle: It only prepares the ground: where nothing follows it before the end, it need not be said at all.
    """
    # Looked up once: each word with Django's `connection` looks for the thread's own.
    ours = connections["default"]
    ours.ensure_connection()
    ours.validate_no_broken_transaction()
    if ours.queries_logged:
        ours.queries_log.append({"sql": statement.text.decode(), "time": "0.000"})
    answer = Answer(ours.connection.line, statement, values, idle=idle)
    return answer.line.say(answer)


def push() -> None:
    """Send what waits, without waiting for the answers: the server works while we make the next statement."""
    with connection.wrap_database_errors:
        connection.connection.line.push()


def bare() -> PGconn:
    """The connection below the cursor, with nothing left to say or to hear."""
    connection.ensure_connection()
    with connection.wrap_database_errors:
        connection.connection.line.settle()
    server: PGconn = connection.connection.pgconn
    return server


_BEGIN = Statement("BEGIN")
_COMMIT = Statement("COMMIT")


class Line:
    """What one connection has yet to say, and what it has yet to hear."""

    def __init__(self, spoken_by: psycopg.Connection[Any]) -> None:
        self._connection = spoken_by
        self._known: set[bytes] = set()
        self._waiting: list[Answer] = []
        # In the order of their answers: None stands for the making of a plan.
        self._sent: list[tuple[Answer | None, bytes]] = []

    @property
    def busy(self) -> bool:
        """Whether something that matters has been said and not been answered."""
        return bool(self._sent) or any(not answer.idle for answer in self._waiting)

    def say(self, answer: Answer) -> Answer:
        """Put a statement at the end of what waits."""
        self._waiting.append(answer)
        return answer

    def push(self) -> None:
        """Send what waits."""
        if not self._waiting:
            return
        server = self._connection.pgconn
        if not self._sent:
            self._begin(server)
        for answer in self._waiting:
            self._send(server, answer)
        self._waiting.clear()
        wire.flush(server)

    def settle(self) -> None:
        """Send what waits and hear every answer.

        Raises:
            psycopg.Error: What was wrong with the first statement that failed; those after it were not done.
        """
        if not self._waiting and not self._sent:
            return
        try:
            self.push()
            error = self._listen(self._connection.pgconn)
        except psycopg.OperationalError as lost:
            # The connection broke while it was spoken on: nobody will answer any more.
            for answer in [*self._waiting, *(answer for answer, _name in self._sent if answer)]:
                answer.take(None, lost)
            self._waiting, self._sent = [], []
            raise
        if error:
            raise error

    def commit(self) -> None:
        """End the transaction, in one breath with what waits; where nothing was done there is nothing to end."""
        if self.busy or self._connection.pgconn.transaction_status != TransactionStatus.IDLE:
            self.say(Answer(self, _COMMIT, (), idle=True))
            self.settle()
        else:
            self._waiting.clear()

    def hear(self) -> None:
        """Hear every answer, before it is undone: what was wrong with it is undone as well."""
        with suppress(psycopg.Error):
            self.settle()

    def forget(self) -> None:
        """Say nothing of what waits, and hear the answers to what was sent."""
        self._waiting.clear()
        self.hear()

    def read(self, result: PGresult, form: Format) -> list[tuple[Any, ...]]:
        """The rows of an answer, as psycopg's cursors would give them."""
        reader = Transformer(self._connection)
        reader.set_pgresult(result, format=form)
        return reader.load_rows(0, result.ntuples, tuple)

    def _begin(self, server: PGconn) -> None:
        idle = server.transaction_status == TransactionStatus.IDLE
        server.enter_pipeline_mode()
        if idle and not self._connection.autocommit:
            self._send(server, Answer(self, _BEGIN, (), idle=True))

    def _send(self, server: PGconn, answer: Answer) -> None:
        statement = answer.statement
        if not statement.name:
            server.send_query_params(statement.text, answer.values, None, answer.formats, statement.form)
        else:
            if statement.name not in self._known:
                server.send_prepare(statement.name, statement.text)
                self._known.add(statement.name)
                self._sent.append((None, statement.name))
            server.send_query_prepared(statement.name, answer.values, answer.formats, statement.form)
        self._sent.append((answer, b""))

    def _listen(self, server: PGconn) -> Exception | None:
        """Hand each answer what came for it; the first mistake, where there was one."""
        server.pipeline_sync()
        error: Exception | None = None
        for answer, name in self._sent:
            result = wire.result(server)
            if result is None or result.status not in _DONE:
                error = error or _error(server, result)
                self._known.discard(name)
            if answer is not None:
                answer.take(None if error else result, error)
            while wire.result(server) is not None:
                pass
        self._sent = []
        self._end(server)
        return error

    @staticmethod
    def _end(server: PGconn) -> None:
        if server.status == ConnStatus.BAD:
            return
        while (result := wire.result(server)) is None or result.status != ExecStatus.PIPELINE_SYNC:
            if server.status == ConnStatus.BAD:
                return
        server.exit_pipeline_mode()


def _error(server: PGconn, result: PGresult | None) -> Exception:
    if result is None:
        return psycopg.OperationalError(server.get_error_message())
    return error_from_result(result)


def _encoded(values: Sequence[object]) -> tuple[list[bytes | None], list[int]]:
    """Values as they travel: as PostgreSQL writes them, but what is bytes already."""
    encoded = [_ENCODERS[type(value)](value) for value in values]
    return encoded, [_FORMATS.get(type(value), Format.TEXT) for value in values]


def _text(value: str) -> bytes:
    if "\0" in value:
        raise DataError("A text cannot hold NUL.")
    return value.encode()


_ENCODERS: Mapping[type, Callable[[Any], bytes | None]] = {
    type(None): lambda _nothing: None,
    str: _text,
    bytes: bytes,
    bool: lambda value: b"t" if value else b"f",
    int: lambda value: b"%d" % value,
    UUID: lambda value: str(value).encode(),
    float: lambda value: repr(value).encode(),
    Decimal: lambda value: str(value).encode(),
    date: lambda value: value.isoformat().encode(),
    datetime: lambda value: value.isoformat().encode(),
    Column: lambda value: value.data,
}
_FORMATS = {bytes: Format.BINARY, Column: Format.BINARY}
