"""The kept connection: whether it still stands is read from its socket."""

import psycopg
import pytest
from django.db import DatabaseError, connection

from tests.conftest import CLUSTER


def test_a_standing_connection_is_usable(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    assert connection.is_usable()


def test_one_that_the_server_has_ended_is_not(fresh_database: str) -> None:
    connection.ensure_connection()
    with psycopg.connect(CLUSTER.address(database="postgres"), autocommit=True) as admin:
        # Returns when the process has ended, or after so many milliseconds.
        admin.execute("SELECT pg_terminate_backend(%s, 5000)", [connection.connection.info.backend_pid])
    assert not connection.is_usable()
    connection.close()


def test_nor_is_one_whose_transaction_has_failed(db: None) -> None:
    with pytest.raises(DatabaseError), connection.cursor() as cursor:
        cursor.execute("SELECT * FROM nothing_of_this_name")
    assert not connection.is_usable()
