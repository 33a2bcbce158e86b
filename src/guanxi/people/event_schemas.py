"""The events that people writes, and how they read on a timeline."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from guanxi.core.schemas import EventSchema
from guanxi.people import identifiers
from guanxi.people.models import DisputeState


def _updated(payload: Mapping[str, Any]) -> str:
    return _("Changed: {fields}").format(fields=", ".join(payload.get("fields", [])))


def _merged(payload: Mapping[str, Any]) -> str:
    count = int(payload.get("records", 1))
    return ngettext("Merged with {count} record", "Merged with {count} records", count).format(count=count)


def _undone(payload: Mapping[str, Any]) -> str:
    count = int(payload.get("records", 1))
    return ngettext(
        "Merge undone, {count} record restored", "Merge undone, {count} records restored", count
    ).format(count=count)


def _added(payload: Mapping[str, Any]) -> str:
    return _("New identifier: {kind}").format(kind=_kind(payload))


def _removed(payload: Mapping[str, Any]) -> str:
    return _("Identifier removed: {kind}").format(kind=_kind(payload))


def _kind(payload: Mapping[str, Any]) -> str:
    return next((str(label) for kind, label in identifiers.LABELS.items() if kind == payload.get("kind")), "")


def _disputed(payload: Mapping[str, Any]) -> str:
    state = payload.get("state")
    outcome = str(DisputeState(state).label) if state in DisputeState.values else ""
    return " · ".join(filter(None, [str(payload.get("field", "")), outcome]))


SCHEMAS = (
    EventSchema("customer.created", gettext_lazy("Customer added"), private=(), icon="s8"),
    EventSchema("customer.updated", gettext_lazy("Facts changed"), private=(), line=_updated, icon="s8"),
    EventSchema("customer.merged", gettext_lazy("Merged"), private=(), line=_merged, icon="s4"),
    EventSchema("customer.merge_undone", gettext_lazy("Merge undone"), private=(), line=_undone, icon="s4"),
    EventSchema("customer.erased", gettext_lazy("Erased"), private=(), icon="s6"),
    EventSchema(
        "customer.identifier_added", gettext_lazy("Identifier added"), private=(), line=_added, icon="s8"
    ),
    EventSchema(
        "customer.identifier_removed",
        gettext_lazy("Identifier removed"),
        private=(),
        line=_removed,
        icon="s8",
    ),
    EventSchema("customer.claim_code_given", gettext_lazy("Claim code given"), private=(), icon="s2"),
    EventSchema(
        "dispute.raised",
        gettext_lazy("The customer says that something is wrong"),
        private=(),
        line=_disputed,
        icon="s3",
    ),
    EventSchema(
        "dispute.answered", gettext_lazy("Objection answered"), private=(), line=_disputed, icon="s2"
    ),
)
