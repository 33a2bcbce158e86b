"""Keys of a source to our ids: customers, stores, owners of orders. One query for a batch."""

from collections.abc import Collection
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from guanxi.core import arrays
from guanxi.core.identity import id_of
from guanxi.core.viewer import Viewer


def customers(viewer: Viewer, keys: Collection[str]) -> dict[str, UUID]:
    """The customer records of these source keys; a key nobody has is left out."""
    return _pairs(
        "SELECT source_key, id FROM people_customer WHERE enterprise_id = %s AND source_key = ANY(%b::text[])",
        viewer,
        keys,
    )


def owners(viewer: Viewer, keys: Collection[str]) -> dict[UUID, UUID | None]:
    """Whose the stored orders of these keys are, by the order's id."""
    return _pairs(
        "SELECT id, customer_id FROM sales_order WHERE enterprise_id = %s AND source_key = ANY(%b::text[])",
        viewer,
        keys,
    )


def orders(viewer: Viewer, keys: Collection[str]) -> dict[str, UUID]:
    """The stored orders of these keys."""
    return _pairs(
        "SELECT source_key, id FROM sales_order WHERE enterprise_id = %s AND source_key = ANY(%b::text[])",
        viewer,
        keys,
    )


class Article(NamedTuple):
    """What a line wants to know of its product; its id as text, for it is written into line after line."""

    id: str
    unit_cost: Decimal | None


def articles(viewer: Viewer, keys: Collection[str]) -> dict[str, Article]:
    """The products of these keys; a key nobody has is left out."""
    with arrays.wide() as cursor:
        cursor.execute(
            "SELECT source_key, id, unit_cost FROM sales_product "
            "WHERE enterprise_id = %s AND source_key = ANY(%b::text[])",
            [viewer.tenant, arrays.texts(keys)],
        )
        return {key: Article(str(id_), cost) for key, id_, cost in cursor.fetchall()}


def known_stores(viewer: Viewer, codes: Collection[str]) -> dict[str, UUID]:
    """The stores of these codes; a code nobody has is left out."""
    return _pairs(
        "SELECT code, id FROM core_store WHERE enterprise_id = %s AND code = ANY(%b::text[])", viewer, codes
    )


def new_stores(viewer: Viewer, codes: Collection[str], *, make: bool) -> dict[str, UUID]:
    """The stores that codes which nobody has are to become; with `make` they are made, under that name."""
    new = {code: id_of(viewer.tenant, "store", code) for code in codes if code}
    if new and make:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO core_store (id, enterprise_id, name, code, zone) "
                "SELECT id, %s, code, code, '' FROM unnest(%s::uuid[], %s::text[]) AS new (id, code) "
                "ON CONFLICT DO NOTHING",
                [viewer.tenant, list(new.values()), list(new)],
            )
    return new


def _pairs(statement: str, viewer: Viewer, keys: Collection[str]) -> dict[Any, Any]:
    wanted = [key for key in keys if key]
    if not wanted:
        return {}
    with arrays.wide() as cursor:
        cursor.execute(statement, [viewer.tenant, arrays.texts(wanted)])
        return dict(cursor.fetchall())
