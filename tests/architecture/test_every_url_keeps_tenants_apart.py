"""Every address of every door, asked with an id of somebody else: not found, and nothing changed.

One row of the other enterprise is written into each table, all with the same id, so that whatever an address looks
up would be found if the tenant were not looked at.
"""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.converters import IntConverter, UUIDConverter
from psycopg import sql

from guanxi.core import services, viewers
from guanxi.core.identity import id_of
from guanxi.core.middleware import SESSION_ENTERPRISE
from guanxi.core.models import Account
from guanxi.core.tenancy import tenancy
from guanxi.core.viewer import RIGHTS
from tests.architecture.test_catalogue import SAMPLES, catalogue, columns_of, tenant_tables  # noqa: F401

THEIRS = UUID("7e11a9a7-0000-4000-8000-000000000001")
NUMBER = 777_001
MARK = "belongs to beilin"
DOORS = ("desk/", "me/", "api/v1/")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
REFUSED = {400, 403, 404, 405, 409, 415, 422}
# What comes back with the address itself or is no page of a tenant.
PUBLIC = {"api/v1/docs", "api/v1/openapi.json"}


def addresses() -> list[tuple[str, bool]]:
    """Every address of the doors with somebody else's ids in it, and whether it has any."""
    found = [
        (route, names)
        for route, names in _walk(get_resolver().url_patterns, "", {})
        if route.startswith(DOORS)
    ]
    return sorted({(_filled(route, names), bool(names)) for route, names in found})


def _walk(
    patterns: list[URLPattern | URLResolver], prefix: str, names: dict[str, Any]
) -> Iterator[tuple[str, dict[str, Any]]]:
    for pattern in patterns:
        route, known = prefix + str(pattern.pattern), {**names, **pattern.pattern.converters}
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, route, known)
        elif "^" not in route:
            yield route, known


def _filled(route: str, names: dict[str, Any]) -> str:
    for name, converter in names.items():
        kind = converter.__class__
        if kind is IntConverter:
            value: object = NUMBER
        elif name == "enterprise_id":
            value = id_of("enterprise", "beilin")
        else:
            value = THEIRS if kind is UUIDConverter or name.endswith("_id") else MARK.replace(" ", "-")
        for written in (
            f"<{name}>",
            *(f"<{each}:{name}>" for each in ("uuid", "uuidstr", "int", "str", "slug", "path")),
        ):
            route = route.replace(written, str(value))
    return route


@pytest.fixture
def neighbour(catalogue: psycopg.Connection[Any]) -> psycopg.Connection[Any]:  # noqa: F811  # the fixture
    """A row of Beilin in each table."""
    beilin = id_of("enterprise", "beilin")
    for table, tenant in tenant_tables():
        if table not in ("core_enterprise", "core_event"):
            _insert(catalogue, table, tenant, beilin)
    return catalogue


def _insert(admin: psycopg.Connection[Any], table: str, tenant: str, beilin: UUID) -> None:
    values = {}
    lengths = dict(
        admin.execute(
            "SELECT column_name, character_maximum_length FROM information_schema.columns WHERE table_name = %s",
            [table],
        ).fetchall()
    )
    for name, kind in columns_of(admin, table):
        if name == tenant:
            values[name] = beilin
        elif kind == "uuid":
            values[name] = THEIRS
        elif kind in ("text", "character varying"):
            values[name] = MARK[: lengths.get(name) or 100]
        elif kind in ("bigint", "integer"):
            values[name] = NUMBER
        else:
            values[name] = "now" if name == "received_at" else SAMPLES[kind]
    admin.execute(
        sql.SQL("INSERT INTO {} ({}) VALUES ({}) ON CONFLICT DO NOTHING").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, values)),
            sql.SQL(", ").join(sql.Placeholder() * len(values)),
        ),
        list(values.values()),
    )


def state_of_beilin(admin: psycopg.Connection[Any]) -> dict[str, str]:
    """A digest of all that Beilin has, by table."""
    beilin = id_of("enterprise", "beilin")
    digest = sql.SQL(
        "SELECT coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') FROM {} t WHERE {} = %s"
    )
    return {
        table: admin.execute(
            digest.format(sql.Identifier(table), sql.Identifier(tenant)), [beilin]
        ).fetchone()[0]
        for table, tenant in tenant_tables()
    }


def _askers() -> dict[str, Callable[[str, str], HttpResponse]]:
    """Somebody at each door who works for another enterprise, or is another person."""
    chen = viewers.for_staff(id_of("account", "chen@shanhang.example"), id_of("enterprise", "shanhang"))
    with tenancy(chen):
        _key, key = services.issue_api_key(viewer=chen, name="walk", scopes=list(RIGHTS))
    desk, me, machine = Client(), Client(), Client(headers={"authorization": f"Bearer {key}"})
    desk.force_login(Account.objects.get(email="chen@shanhang.example"))
    session = desk.session
    session[SESSION_ENTERPRISE] = str(chen.enterprise_id)
    session.save()
    me.force_login(Account.objects.get(email="ana@example.org"))
    return {"desk": _asking(desk), "me": _asking(me), "api": _asking(machine)}


def _asking(client: Client) -> Callable[[str, str], HttpResponse]:
    def ask(method: str, address: str) -> Any:
        media = "application/json" if address.startswith("api") else "application/x-www-form-urlencoded"
        content = b"{}" if media.endswith("json") and method != "GET" else b""
        return client.generic(method, f"/{address}", content, content_type=media)

    return ask


def _content(answer: Any) -> str:
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return body.decode("utf-8", "replace")


@pytest.mark.slow
def test_an_id_of_somebody_else_is_not_found_and_nothing_changes(neighbour: psycopg.Connection[Any]) -> None:
    before, askers = state_of_beilin(neighbour), _askers()
    with_ids = [address for address, has_ids in addresses() if has_ids]
    said = [
        (method, address, askers[address.split("/")[0]](method, address).status_code)
        for address in with_ids
        for method in METHODS
    ]
    assert [each for each in said if each[2] not in REFUSED] == []
    # 422 where the address wants a query besides the id.
    assert [each for each in said if each[0] == "GET" and each[2] not in (404, 405, 422)] == []
    assert state_of_beilin(neighbour) == before
    assert len(with_ids) > 40


@pytest.mark.slow
def test_no_page_or_list_shows_anything_of_somebody_else(neighbour: psycopg.Connection[Any]) -> None:
    before, askers = state_of_beilin(neighbour), _askers()
    plain = [address for address, has_ids in addresses() if not has_ids and address not in PUBLIC]
    answers = {address: askers[address.split("/")[0]]("GET", address) for address in plain}
    shown = [
        address
        for address, answer in answers.items()
        if MARK in _content(answer) or str(THEIRS) in _content(answer)
    ]
    assert shown == []
    assert [
        (address, answer.status_code) for address, answer in answers.items() if answer.status_code >= 500
    ] == []
    assert state_of_beilin(neighbour) == before
    assert len(plain) > 25
