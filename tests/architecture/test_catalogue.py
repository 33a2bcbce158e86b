"""The whole database, walked from its own catalogue: no table is forgotten, no row is seen by another tenant."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.apps import apps
from psycopg import sql

from guanxi.core.declaration import declared
from guanxi.core.exempt import EXEMPT, GRANTS
from tests.conftest import CLUSTER

ROLES = ("guanxi_app", "guanxi_desk", "guanxi_self", "guanxi_work")
# A value of each type, for rows that are made of nothing but types.
SAMPLES: dict[str, Any] = {
    "uuid": None,
    "text": "x",
    "character varying": "x",
    "timestamp with time zone": "2026-11-20T09:00Z",
    "date": "2026-11-20",
    "time without time zone": "09:00",
    "boolean": False,
    "smallint": 1,
    "integer": 1,
    "bigint": 1,
    "numeric": 1,
    "double precision": 1,
    "bytea": b"x",
    "jsonb": "{}",
    "ARRAY": "{}",
    "interval": "1 day",
    "inet": "127.0.0.1",
}
TABLES = """
SELECT c.relname, c.relkind::text, c.relrowsecurity, c.relispartition, c.oid
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY c.relname
"""


@pytest.fixture
def catalogue(fresh_database: str) -> Iterator[psycopg.Connection[Any]]:
    """A database of the test's own, as superuser, without checks and triggers: rows of any value may stand in it."""
    name = fresh_database.rsplit("/", 1)[1]
    with psycopg.connect(CLUSTER.address(database=name), autocommit=True) as admin:
        admin.execute("SET session_replication_role = replica")
        checks = admin.execute(
            "SELECT conrelid::regclass::text, conname FROM pg_constraint "
            "WHERE contype = 'c' AND connamespace = 'public'::regnamespace AND coninhcount = 0"
        ).fetchall()
        for table, constraint in checks:
            admin.execute(f"ALTER TABLE {table} DROP CONSTRAINT {sql.Identifier(constraint).as_string()}")
        yield admin


@contextmanager
def acting(
    admin: psycopg.Connection[Any], role: str, enterprise: object = "", person: object = ""
) -> Iterator[None]:
    with admin.transaction(force_rollback=True):
        admin.execute(
            "SELECT set_config('role', %s, true), set_config('app.enterprise', %s, true), "
            "set_config('app.person', %s, true)",
            [role, str(enterprise), str(person)],
        )
        yield


def columns_of(admin: psycopg.Connection[Any], table: str) -> list[tuple[str, str]]:
    """Columns without a default of their own, with their types; whatever role is acting."""
    return admin.execute(
        "SELECT a.attname, regexp_replace(format_type(a.atttypid, NULL), '.*\\[\\]', 'ARRAY') FROM pg_attribute a "
        "WHERE a.attrelid = to_regclass(%s) AND a.attnum > 0 AND NOT a.attisdropped AND a.attidentity = '' "
        "AND a.attgenerated = '' AND NOT a.atthasdef",
        [table],
    ).fetchall()


def insert_row(admin: psycopg.Connection[Any], table: str, enterprise: UUID, tenant: str) -> None:
    columns = columns_of(admin, table)
    values = [
        enterprise if name == tenant else uuid4() if kind == "uuid" else SAMPLES[kind]
        for name, kind in columns
    ]
    values = [_now(name, value) for (name, _), value in zip(columns, values, strict=True)]
    admin.execute(
        sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
            sql.Identifier(table),
            sql.SQL(", ").join(sql.Identifier(name) for name, _ in columns),
            sql.SQL(", ").join(sql.Placeholder() * len(columns)),
        ),
        values,
    )


def _now(name: str, value: Any) -> Any:
    # The log has partitions from this month on.
    return "now" if name == "received_at" else value


def tenant_tables() -> list[tuple[str, str]]:
    return sorted(
        (model._meta.db_table, model._meta.get_field(holding.tenant).column)
        for model, holding in declared()
        if holding.tenant
    )


def attempt(admin: psycopg.Connection[Any], statement: sql.Composed, values: list[Any]) -> int | str:
    """Rows a statement touched, or the name of the refusal."""
    try:
        with admin.transaction():
            return admin.execute(statement, values).rowcount
    except psycopg.errors.InsufficientPrivilege:
        return "refused"


def test_every_table_is_declared_or_in_the_written_list(catalogue: psycopg.Connection[Any]) -> None:
    known = {model._meta.db_table for model, _ in declared()} | EXEMPT.keys()
    unknown = [
        name for name, _, _, partition, _ in catalogue.execute(TABLES) if not partition and name not in known
    ]
    assert unknown == []


def test_every_model_of_ours_is_declared() -> None:
    with_holding = {model for model, _ in declared()}
    ours = [model for model in apps.get_models() if model.__module__.startswith("guanxi.")]
    assert [m._meta.label for m in ours if m not in with_holding and m._meta.db_table not in EXEMPT] == []


def test_every_declared_table_has_row_security(catalogue: psycopg.Connection[Any]) -> None:
    open_tables = [
        name
        for name, _kind, secured, partition, _ in catalogue.execute(TABLES)
        if not secured and not partition and name not in EXEMPT
    ]
    assert open_tables == []


def test_partitions_are_reached_through_their_parent_only(catalogue: psycopg.Connection[Any]) -> None:
    partitions = [name for name, _, _, partition, _ in catalogue.execute(TABLES) if partition]
    grants = catalogue.execute(
        "SELECT table_name, grantee FROM information_schema.role_table_grants "
        "WHERE table_name = ANY(%s) AND grantee = ANY(%s)",
        [partitions, [*ROLES, "PUBLIC"]],
    ).fetchall()
    assert partitions
    assert grants == []


def test_views_read_as_whoever_asks(catalogue: psycopg.Connection[Any]) -> None:
    views = catalogue.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('v', 'm') "
        "AND NOT coalesce('security_invoker=true' = ANY(reloptions), false)"
    ).fetchall()
    assert views == []


def test_the_login_role_holds_nothing_beyond_the_written_list(catalogue: psycopg.Connection[Any]) -> None:
    grants = catalogue.execute(
        "SELECT table_name, string_agg(privilege_type, ', ') FROM information_schema.role_table_grants "
        "WHERE grantee = 'guanxi_app' AND table_schema = 'public' GROUP BY 1"
    ).fetchall()
    inboxes = {model._meta.db_table for model in apps.get_models() if getattr(model, "insert_only", False)}
    beyond = [
        (table, rights)
        for table, rights in grants
        if not set(rights.split(", "))
        <= set(GRANTS.get(table, "INSERT" if table in inboxes else "").split(", "))
    ]
    assert beyond == []


def test_no_role_reads_writes_or_deletes_rows_of_another_enterprise(
    catalogue: psycopg.Connection[Any],
) -> None:
    theirs, ours = uuid4(), uuid4()
    seen: list[tuple[str, str, int | str]] = []
    for table, tenant in tenant_tables():
        insert_row(catalogue, table, theirs, tenant)
        name, column = sql.Identifier(table), sql.Identifier(tenant)
        statements = {
            "read": sql.SQL("SELECT 1 FROM {} WHERE {} = %s").format(name, column),
            "write": sql.SQL("UPDATE {0} SET {1} = {1} WHERE {1} = %s").format(name, column),
            "delete": sql.SQL("DELETE FROM {} WHERE {} = %s").format(name, column),
        }
        for deed, statement in statements.items():
            with acting(catalogue, "guanxi_desk", enterprise=ours):
                seen.append((table, deed, attempt(catalogue, statement, [theirs])))
        with acting(catalogue, "guanxi_desk", enterprise=ours):
            seen.append((table, "insert", _try_insert(catalogue, table, theirs, tenant)))
    assert [row for row in seen if row[2] not in (0, "refused")] == []
    assert len(seen) > 4 * 20


def _try_insert(admin: psycopg.Connection[Any], table: str, enterprise: UUID, tenant: str) -> int | str:
    try:
        with admin.transaction():
            insert_row(admin, table, enterprise, tenant)
    except psycopg.errors.InsufficientPrivilege:
        return "refused"
    return 1


def test_an_individual_sees_no_tenant_row_that_is_not_theirs(catalogue: psycopg.Connection[Any]) -> None:
    public = {"core_enterprise", "consent_standing"}
    enterprise, stranger, seen = uuid4(), uuid4(), []
    for table, tenant in tenant_tables():
        insert_row(catalogue, table, enterprise, tenant)
        statement = sql.SQL("SELECT 1 FROM {} WHERE {} = %s").format(
            sql.Identifier(table), sql.Identifier(tenant)
        )
        with acting(catalogue, "guanxi_self", person=stranger):
            seen.append((table, attempt(catalogue, statement, [enterprise])))
    assert [row for row in seen if row[1] not in (0, "refused") and row[0] not in public] == []


def test_every_key_between_tenant_tables_carries_the_tenant(catalogue: psycopg.Connection[Any]) -> None:
    tenants = [table for table, column in tenant_tables() if column == "enterprise_id"]
    loose = catalogue.execute(
        """
        SELECT conrelid::regclass::text, conname FROM pg_constraint k
        WHERE contype = 'f' AND conparentid = 0
          AND conrelid::regclass::text = ANY(%(tables)s) AND confrelid::regclass::text = ANY(%(tables)s)
          AND NOT EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = k.conrelid AND a.attnum = ANY(k.conkey)
                          AND a.attname = 'enterprise_id')
        """,
        {"tables": tenants},
    ).fetchall()
    assert loose == []


#: A generated column that carries the key of another where there is something to look up (people, 0004).
STANDS_FOR = {"another_root_id": "root_id"}


def test_every_tenant_foreign_key_of_a_model_is_kept_by_the_database(
    catalogue: psycopg.Connection[Any],
) -> None:
    kept = {
        (table, STANDS_FOR.get(column, column))
        for table, column in catalogue.execute(
            "SELECT k.conrelid::regclass::text, a.attname FROM pg_constraint k JOIN pg_attribute a "
            "ON a.attrelid = k.conrelid AND a.attnum = ANY(k.conkey) WHERE contype = 'f'"
        )
    }
    missing = [
        (model._meta.db_table, field.column)
        for model, _ in declared()
        for field in model._meta.local_fields
        if type(field).__name__ == "TenantForeignKey" and (model._meta.db_table, field.column) not in kept
        if not model._meta.db_table.endswith("history")
    ]
    assert missing == []
