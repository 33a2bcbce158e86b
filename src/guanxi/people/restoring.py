"""Taking an import of customers back: records that nothing has happened to go, changed facts become what they were."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Q
from django.db.utils import IntegrityError
from django.utils.translation import gettext as _

from guanxi.core import sealing
from guanxi.core.importing.targets import Action, Outcome
from guanxi.core.viewer import Viewer
from guanxi.people import records
from guanxi.people.models import Claim, Customer, Identifier, Merge, Pair, Profile


def undo(viewer: Viewer, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Take back what these outcomes did, in their order; what has changed since stays and says so."""
    created = [one for one in outcomes if one.action == Action.CREATE and one.target_id]
    gone = _remove(viewer, [one.target_id for one in created if one.target_id])
    answers = []
    for one in outcomes:
        if one.action == Action.CREATE:
            answers.append(_said(one, one.target_id in gone, _("something has happened to it since")))
        elif one.before is None:
            # A repetition of a row of the same batch: it goes with the record that the first one made.
            answers.append(_said(one, one.target_id in gone, _("something has happened to it since")))
        else:
            answers.append(
                _said(
                    one,
                    one.target_id is not None and _restore(one.target_id, one.before),
                    _("changed since the import"),
                )
            )
    return answers


def _said(outcome: Outcome, done: bool, reason: str) -> Outcome:
    action = Action.UNDONE if done else Action.REFUSED
    return Outcome(outcome.number, action, outcome.target_id, "" if done else reason)


def _remove(viewer: Viewer, ids: Sequence[UUID]) -> set[UUID]:
    """Delete records that nothing but the import has touched; the ids of those that are gone."""
    busy = set(
        Profile.objects.filter(customer_id__in=ids)
        .filter(Q(events__gt=0) | Q(orders__gt=0))
        .values_list("pk", flat=True)
    )
    busy |= set(Customer.objects.filter(pk__in=ids).exclude(root_id=F("pk")).values_list("pk", flat=True))
    busy |= set(Merge.objects.filter(kept_id__in=ids).values_list("kept_id", flat=True))
    busy |= set(Claim.objects.filter(customer_id__in=ids).values_list("customer_id", flat=True))
    busy |= set(
        Customer.objects.filter(root_id__in=ids).exclude(pk=F("root_id")).values_list("root_id", flat=True)
    )
    return _delete(viewer, [one for one in ids if one not in busy])


def _delete(viewer: Viewer, ids: Sequence[UUID]) -> set[UUID]:
    """Delete what no other table points at: halved until those that something points at are alone."""
    if not ids:
        return set()
    try:
        with transaction.atomic():
            Pair.objects.filter(Q(left_id__in=ids) | Q(right_id__in=ids)).update(state="stale")
            for model, path in ((Identifier, "customer_id__in"), (Profile, "pk__in")):
                model.objects.filter(**{path: ids})._raw_delete("default")
            Customer.objects.filter(pk__in=ids)._raw_delete("default")
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    except IntegrityError:
        if len(ids) == 1:
            return set()
        middle = len(ids) // 2
        return _delete(viewer, ids[:middle]) | _delete(viewer, ids[middle:])
    sealing.forget(viewer.tenant, ids)
    return set(ids)


def _restore(customer_id: UUID, before: dict[str, Any]) -> bool:
    """Give a record its former facts, unless a later source has said something else of one of them."""
    row = Customer.objects.select_for_update().filter(pk=customer_id).first()
    if row is None:
        return False
    former: dict[str, Any] = dict(before.get("sources", {}))
    if any((row.sources.get(name) or ["import"])[0] != "import" for name in former):
        return False
    for name in former:
        value = before[name]
        sealed = name in ("name", "private_fields")
        setattr(row, name, base64.b64decode(value) if sealed and value else value)
    row.sources = {name: origin for name, origin in (row.sources | former).items() if origin is not None}
    keys = sealing.keys_for(row.enterprise_id, [row.pk])
    name_now = sealing.decrypt(keys[row.pk], row.name) if row.name and row.pk in keys else None
    row.grams = records.grams(row.enterprise_id, name_now, row.label)
    row.save()
    for kind, digest in before.get("learnt", []):
        Identifier.objects.filter(customer_id=row.pk, kind=kind, digest=bytes.fromhex(digest)).delete()
    return True
