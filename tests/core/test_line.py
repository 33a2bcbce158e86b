"""What is said in one breath: in the order in which it was said, undone as a whole, found wrong where it was done."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from uuid import uuid4

import psycopg
import pytest
from django.db import DataError, OperationalError, connection, transaction

from guanxi.core import arrays
from guanxi.core.postgresql import line
from guanxi.core.postgresql.line import Answer, Statement
from tests.conftest import CLUSTER

_NOTE = Statement("INSERT INTO said (word) VALUES ($1)")
_NOTES = Statement("SELECT word FROM said ORDER BY at")
_DIVIDE = Statement("SELECT 1 / $1::integer")


@pytest.fixture
def paper(db: None) -> Iterator[None]:
    """A table to write into."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE said (at serial, word text)")
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE said")


def _words() -> list[str]:
    return [word for (word,) in line.say(_NOTES).rows]


@transaction.atomic
def _note_and_fail() -> None:
    line.say(_NOTE, "inside")
    line.say(_DIVIDE, 0)


@transaction.atomic
def _note_and_give_up() -> None:
    line.say(_NOTE, "inside")
    raise KeyError


@transaction.atomic
def _create_and_fail() -> None:
    line.say(Statement("CREATE TEMPORARY TABLE said_first (word text)", kept=False))
    line.say(_DIVIDE, 0)


def _thrice(*divisors: int) -> list[Answer]:
    answers: list[Answer] = []
    with suppress(DataError), transaction.atomic():
        answers += [line.say(_DIVIDE, divisor) for divisor in divisors]
    return answers


def test_what_waits_goes_off_in_its_order(paper: None) -> None:
    line.say(_NOTE, "one")
    line.say(_NOTE, "two")
    assert _words() == ["one", "two"]


def test_django_speaks_after_what_waits(paper: None) -> None:
    line.say(_NOTE, "one")
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO said (word) VALUES ('two')")
    assert _words() == ["one", "two"]


def test_an_answer_says_how_many_rows_were_written(paper: None) -> None:
    statement = Statement("INSERT INTO said (word) SELECT * FROM unnest($1::text[])")
    assert line.say(statement, arrays.texts(["one", "two", "three"])).count == 3


def test_values_come_back_as_they_went(paper: None) -> None:
    given = (uuid4(), "关系", b"\0\xff", 7, True, None, datetime(2026, 11, 20, 9, tzinfo=UTC))
    statement = Statement(
        "SELECT $1::uuid, $2::text, $3::bytea, $4::integer, $5::boolean, $6::text, $7::timestamptz"
    )
    assert line.say(statement, *given).rows == [given]


def test_a_text_with_nul_is_refused_before_it_is_cut_off(paper: None) -> None:
    with pytest.raises(DataError):
        line.say(_NOTE, "a\0b")


def test_what_is_wrong_inside_a_savepoint_is_found_there_and_undone_there(paper: None) -> None:
    line.say(_NOTE, "before")
    with pytest.raises(DataError):
        _note_and_fail()
    line.say(_NOTE, "after")
    assert _words() == ["before", "after"]


def test_an_answer_before_the_mistake_is_there_and_one_after_it_is_not(paper: None) -> None:
    first, second, third = _thrice(1, 0, 1)
    assert first.rows == [(1,)]
    for failed in (second, third):
        with pytest.raises(DataError):
            _ = failed.rows


def test_a_block_that_is_given_up_leaves_nothing(paper: None) -> None:
    with pytest.raises(KeyError):
        _note_and_give_up()
    assert _words() == []


def test_a_plan_is_made_once_a_connection(paper: None) -> None:
    for _ in range(3):
        line.say(_NOTE, "again")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_prepared_statements WHERE statement = %s", [_NOTE.text.decode()]
        )
        assert cursor.fetchone() == (1,)


def test_a_statement_that_cannot_be_planned_is_tried_anew(paper: None) -> None:
    late = Statement("SELECT word FROM said_later")
    with pytest.raises(Exception, match="said_later"), transaction.atomic():
        line.say(late)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE said_later (word text)")
    assert line.say(late).rows == []


def test_what_only_prepares_the_ground_is_not_said_for_nothing(fresh_database: str) -> None:
    with transaction.atomic():
        line.say(_DIVIDE, 0, idle=True)
    assert line.say(_DIVIDE, 1).rows == [(1,)]


def test_a_commit_takes_along_what_waits(fresh_database: str) -> None:
    with transaction.atomic():
        line.say(Statement("CREATE TEMPORARY TABLE said_first (word text)", kept=False))
        line.say(Statement("INSERT INTO said_first VALUES ('kept')", kept=False))
    assert line.say(Statement("SELECT word FROM said_first", kept=False)).rows == [("kept",)]


def test_a_commit_that_fails_keeps_nothing_and_leaves_the_connection_whole(fresh_database: str) -> None:
    with pytest.raises(DataError):
        _create_and_fail()
    assert line.say(Statement("SELECT to_regclass('said_first')::text", kept=False)).rows == [(None,)]


def test_threads_have_lines_of_their_own(fresh_database: str) -> None:
    heard: list[int] = []

    def ask(number: int) -> None:
        heard.extend(value for (value,) in line.say(_DIVIDE, 1).rows * number)
        connection.close()

    threads = [threading.Thread(target=ask, args=(number,)) for number in (1, 2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(heard) == [1] * 6


def test_a_server_that_goes_away_answers_nothing_and_the_next_connection_everything(
    fresh_database: str,
) -> None:
    assert line.say(_DIVIDE, 1).rows == [(1,)]
    with psycopg.connect(CLUSTER.address(database="postgres"), autocommit=True) as admin:
        admin.execute("SELECT pg_terminate_backend(%s, 5000)", [connection.connection.info.backend_pid])
    first, second = line.say(_DIVIDE, 1), line.say(_DIVIDE, 1)
    for lost in (first, second):
        with pytest.raises(OperationalError):
            _ = lost.rows
    connection.close()
    assert line.say(_DIVIDE, 1).rows == [(1,)]
