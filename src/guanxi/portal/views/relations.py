"""My relations, and what each enterprise holds about me."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from guanxi.consent import own, queries
from guanxi.core import slots
from guanxi.core.requests import DoorRequest
from guanxi.people import queries as people
from guanxi.people import services

_HIDDEN = frozenset({"home_store", "label"})


def home(request: DoorRequest) -> HttpResponse:
    """My relations. The address with which somebody signed in is proved: what it points at is theirs at once."""
    viewer, account = request.viewer, request.user
    services.claim(viewer=viewer, kind="email", value=account.email, proved_by="sign-in")  # type: ignore[union-attr]  # signed in
    relations = queries.relations_for(viewer)
    standings = own.standings_of([relation.enterprise.pk for relation in relations])
    context = {
        "relations": [(relation, standings[relation.enterprise.pk]) for relation in relations],
        "told": queries.told(viewer, limit=3),
        "reported": own.reported_of(viewer),
        "account": account,
    }
    return render(request, "portal/home.html", context)


def standing(request: DoorRequest, enterprise_id: UUID) -> HttpResponse:
    """How an enterprise is doing by its individuals, and what that is counted from."""
    relation = queries.relation_for(request.viewer, enterprise_id)
    figure = own.standings_of([enterprise_id])[enterprise_id]
    context = {"relation": relation, "figure": figure, "shares": own.shares_of(figure)}
    return render(request, "portal/standing.html", context)


def held(request: DoorRequest, enterprise_id: UUID) -> HttpResponse:
    """What an enterprise holds about me, record by record, each fact with its source."""
    relation = queries.relation_for(request.viewer, enterprise_id)
    wholes = {
        whole.id: whole
        for whole in (people.whole_for(request.viewer, record_id) for record_id in relation.record_ids)
    }
    context = {
        "relation": relation,
        "records": [
            {"whole": whole, "facts": _facts(whole), "correctable": _correctable(whole)}
            for whole in wholes.values()
        ],
        "panels": slots.shown("me.panel", request.viewer, relation),
    }
    return render(request, "portal/held.html", context)


def _facts(whole: people.Whole) -> list[dict[str, Any]]:
    identifiers = [
        {"label": known.label, "value": known.value, "source": _source(known.source), "at": known.recorded_at,
         "sealed": known.value is None}
        for known in whole.identifiers
    ]  # fmt: skip
    facts = [
        {"label": _("Name") if name == "name" else name, "value": fact.value, "source": _source(fact.source),
         "at": datetime.fromisoformat(fact.happened_at) if fact.happened_at else None}
        for name, fact in whole.facts.items()
        if name not in _HIDDEN
    ]  # fmt: skip
    return facts + identifiers


def _correctable(whole: people.Whole) -> list[tuple[str, str]]:
    return [(name, _("Name") if name == "name" else name) for name in whole.facts if name not in _HIDDEN]


def _source(source: str) -> str:
    known = {"staff": _("noted by staff"), "import": _("imported"), "": ""}
    return known.get(source.partition(":")[0], source)
