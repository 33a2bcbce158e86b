"""Whom an offer is meant for: a condition on one customer, read from where the catalogue says, or a segment."""

from typing import Any
from uuid import UUID

from django.db import connection
from psycopg import sql

from guanxi.core import conditions
from guanxi.core.catalogue import Attribute
from guanxi.core.viewer import Viewer
from guanxi.market.models import Membership, Offer

# Counters of a whole are sums of its records' (TRAPS §3); the first is the least, the last the greatest.
_WHOLE = {"first": "min", "last": "max"}


def is_meant(viewer: Viewer, offer: Offer, root_id: UUID) -> bool:
    """Whether a customer is one of those for whom the offer is: unknown is not."""
    if (
        offer.segment_id
        and not Membership.objects.filter(
            enterprise_id=viewer.tenant, segment_id=offer.segment_id, customer_id=root_id
        ).exists()
    ):
        return False
    return not offer.who or _selects(viewer, offer.who, root_id)


def _selects(viewer: Viewer, text: str, root_id: UUID) -> bool:
    condition = conditions.parse(text)
    facts = {one.name: one.clean(_fact(viewer, one, root_id)) for one in condition.attributes}
    return condition.selects({name: fact for name, fact in facts.items() if fact is not None}, now=viewer.now)


def _fact(viewer: Viewer, attribute: Attribute, root_id: UUID) -> Any:
    """The value of an attribute for the whole of a root; None where PostgreSQL has none."""
    table, _, column = attribute.source.partition(".")
    if not column:
        return None
    name, value = sql.Identifier(table), sql.SQL("{column}").format(column=sql.Identifier(column))
    given: list[Any] = [viewer.tenant, root_id]
    if table == "people_customer":
        query = sql.SQL("SELECT {value} FROM {table} WHERE enterprise_id = %s AND id = %s")
    elif table == "people_profile":
        fold = sql.SQL(_WHOLE.get(column.partition("_")[0], "sum"))
        value = sql.SQL("{fold}({value})").format(fold=fold, value=value)
        query = sql.SQL("SELECT {value} FROM {table} WHERE enterprise_id = %s AND root_id = %s")
    elif table == "mining_score":
        query = sql.SQL(
            "SELECT {value} FROM {table} WHERE enterprise_id = %s AND customer_id = %s AND construct = %s"
        )
        given.append(attribute.name.partition(".")[0])
    else:
        query = sql.SQL("SELECT {value} FROM {table} WHERE enterprise_id = %s AND customer_id = %s")
    with connection.cursor() as cursor:
        cursor.execute(query.format(value=value, table=name), given)
        row = cursor.fetchone()
    return row[0] if row else None
