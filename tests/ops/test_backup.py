"""A backup comes back whole, and who was erased stays erased."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import psycopg
import pytest
from cryptography.exceptions import InvalidTag
from psycopg import sql

from guanxi.cli import keeping
from guanxi.core import database, sealing, viewers
from guanxi.core.identity import new_id
from guanxi.core.tenancy import tenancy
from guanxi.people.models import Customer

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def _address(of: str, *, user: str = "postgres", name: str = "") -> str:
    parts = urlsplit(of)
    host = f"{user}@{parts.hostname}:{parts.port}"
    return urlunsplit(parts._replace(netloc=host, path=f"/{name}" if name else parts.path))


@pytest.fixture
def ana(fresh_database: str, shanhang: UUID, django_db_blocker: Any) -> UUID:
    """A customer with a sealed name, really committed."""
    customer_id = new_id()
    with django_db_blocker.unblock(), tenancy(viewers.for_process(shanhang, "test")):
        key = sealing.keys_for(shanhang, [customer_id], create=True)[customer_id]
        Customer.objects.create(
            id=customer_id,
            enterprise_id=shanhang,
            root_id=customer_id,
            name=sealing.encrypt(key, "Ana 安娜"),
            label="the first",
            created_at=NOW,
        )
    return customer_id


@pytest.fixture
def elsewhere(fresh_database: str) -> Iterator[str]:
    """The address of an empty database on the same server."""
    name = f"guanxi_elsewhere_{os.getpid()}"
    server = _address(fresh_database, name="postgres")
    database.prepare(server, database=name)
    yield _address(fresh_database, name=name)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _counts(address: str) -> dict[str, int]:
    with psycopg.connect(address) as connection:
        names = [
            row[0]
            for row in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        ]
        return {
            name: connection.execute(
                sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))
            ).fetchone()[0]
            for name in names
        }


def _name_of(address: str, customer_id: UUID) -> str:
    with psycopg.connect(address) as connection:
        sealed, wrapped = connection.execute(
            "SELECT c.name, k.wrapped FROM people_customer c LEFT JOIN core_subjectkey k ON k.subject_id = c.id "
            "AND k.enterprise_id = c.enterprise_id WHERE c.id = %s",
            [customer_id],
        ).fetchone()
    if wrapped is None:
        raise InvalidTag
    return sealing.decrypt(sealing._unwrap(customer_id, bytes(wrapped)), bytes(sealed))


@pytest.mark.slow
def test_a_backup_comes_back_whole_and_readable(
    fresh_database: str, ana: UUID, elsewhere: str, tmp_path: Path
) -> None:
    origin = _address(fresh_database)
    backup = keeping.write(origin, tmp_path, now=NOW)
    keeping.read(elsewhere, backup)
    before, after = _counts(origin), _counts(elsewhere)
    assert {
        name: count for name, count in before.items() if name not in ("core_bucket", "django_session")
    } == {name: count for name, count in after.items() if name not in ("core_bucket", "django_session")}
    assert _name_of(elsewhere, ana) == "Ana 安娜"


@pytest.mark.slow
def test_the_application_role_is_as_bound_after_a_restore(
    fresh_database: str, ana: UUID, elsewhere: str, tmp_path: Path
) -> None:
    keeping.read(elsewhere, keeping.write(_address(fresh_database), tmp_path, now=NOW))
    with psycopg.connect(_address(elsewhere, user="guanxi_app")) as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT * FROM people_customer")
        connection.rollback()
        connection.execute("SET ROLE guanxi_desk")
        connection.execute("SELECT set_config('app.enterprise', %s, false)", [str(new_id())])
        assert connection.execute("SELECT count(*) FROM people_customer").fetchone() == (0,)


@pytest.mark.slow
def test_who_was_erased_stays_erased_in_an_old_backup(
    fresh_database: str, ana: UUID, elsewhere: str, shanhang: UUID, tmp_path: Path, django_db_blocker: Any
) -> None:
    origin = _address(fresh_database)
    old = keeping.write(origin, tmp_path, now=NOW)
    with django_db_blocker.unblock(), tenancy(viewers.for_process(shanhang, "test")):
        sealing.forget(shanhang, [ana])
    keeping.write(origin, tmp_path, now=NOW + timedelta(days=1), keys_only=True)
    keeping.read(elsewhere, keeping.Backup(old.rows, keeping.newest_keys(tmp_path)))
    with pytest.raises(InvalidTag):
        _name_of(elsewhere, ana)


@pytest.mark.slow
def test_a_database_that_holds_something_is_not_written_over(
    fresh_database: str, ana: UUID, tmp_path: Path
) -> None:
    origin = _address(fresh_database)
    backup = keeping.write(origin, tmp_path, now=NOW)
    before = _counts(origin)
    with pytest.raises(keeping.KeepingError, match="Restore into an empty one"):
        keeping.read(origin, backup)
    assert _counts(origin) == before


def test_files_of_keys_are_forgotten_after_some_days_but_never_the_newest(tmp_path: Path) -> None:
    for stamp in ("20261101T000000Z", "20261112T000000Z", "20261119T000000Z"):
        (tmp_path / f"keys-{stamp}.dump").touch()
    gone = keeping.forget_old_keys(tmp_path, now=NOW, days=7)
    assert [path.name for path in gone] == ["keys-20261101T000000Z.dump", "keys-20261112T000000Z.dump"]
    assert keeping.forget_old_keys(tmp_path, now=NOW + timedelta(days=365), days=7) == []
