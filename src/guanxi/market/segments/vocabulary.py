"""What a segment's condition may name: the catalogue's attributes that the ground holds, the enterprise's own fields,
its segments and its lists."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from guanxi.core import catalogue, conditions
from guanxi.core.catalogue import Attribute, ValueType, Vocabulary
from guanxi.core.conditions import Condition
from guanxi.core.viewer import Viewer
from guanxi.market.models import CustomerList, Segment
from guanxi.people import queries as people
from guanxi.people.customfields import Definition

#: Where the ground holds an attribute of the catalogue.
COLUMNS: Mapping[str, str] = {
    "customer.kind": "kind",
    "customer.identified": "identified",
    "customer.simulated": "simulated",
    "customer.created_at": "created_at",
    "customer.store": "store",
    "events.count": "events",
    "events.first_at": "first_seen_at",
    "events.last_at": "last_seen_at",
    "returns.count": "returns",
    "orders.count": "orders",
    "orders.spent": "spent",
    "orders.first_at": "first_order_at",
    "orders.last_at": "last_order_at",
    "orders.gap_days": "gap",
    "orders.recency": "recency",
    "orders.frequency": "frequency",
    "orders.money": "money",
    "orders.department": "department",
    "value.amount": "value",
}
OWN = "own."
_OWN_TYPES = {
    "text": ValueType.STRING,
    "choice": ValueType.STRING,
    "int": ValueType.INT,
    "decimal": ValueType.DOUBLE,
    "date": ValueType.TIMESTAMP,
    "bool": ValueType.BOOL,
}


@dataclass(frozen=True, slots=True)
class Names:
    """The segments and lists of an enterprise by name; `retired` segments may be named by what names them already."""

    segments: Mapping[str, UUID]
    lists: Mapping[str, UUID]


def names_for(viewer: Viewer) -> Names:
    """What `in_segment` and `in_list` may name."""
    segments = Segment.objects.filter(enterprise_id=viewer.tenant, retired_at=None)
    lists = CustomerList.objects.filter(enterprise_id=viewer.tenant)
    return Names(dict(segments.values_list("name", "pk")), dict(lists.values_list("name", "pk")))


def vocabulary_for(viewer: Viewer, names: Names) -> Vocabulary:
    """What a condition of this enterprise is checked against."""
    attributes = [each for each in catalogue.vocabulary if each.name in COLUMNS]
    own = [_own(each) for each in people.definitions_for(viewer) if not each.private]
    return Vocabulary([*attributes, *own], {"in_segment": names.segments, "in_list": names.lists})


def parse(viewer: Viewer, text: str, names: Names | None = None) -> Condition:
    """The condition that a text says at this enterprise.

    Raises:
        ConditionError: What is wrong with it, and where.
    """
    return conditions.parse(text, vocabulary_for(viewer, names or names_for(viewer)))


def _own(definition: Definition) -> Attribute:
    values = {choice: choice for choice in definition.choices} or None
    return Attribute(
        OWN + definition.name,
        _OWN_TYPES[definition.type],
        definition.label or definition.name,
        values=values,
        low=-1e15 if definition.type == "decimal" else None,
        high=1e15 if definition.type == "decimal" else None,
    )
