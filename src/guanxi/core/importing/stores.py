"""Import target: the enterprise's stores."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.core.identity import id_of
from guanxi.core.importing import values
from guanxi.core.importing.targets import Action, Outcome, Row, Target, TargetField
from guanxi.core.models import Store
from guanxi.core.viewer import Viewer

TARGET = Target(
    name="core.store",
    label=gettext_lazy("Stores"),
    fields=(
        TargetField(
            "code", label=gettext_lazy("Code"), required=True, longest=60,
            aliases=("store id", "store code", "store number", "branch", "门店编号", "门店代码", "店号"),
        ),
        TargetField(
            "name", label=gettext_lazy("Name"), longest=200,
            aliases=("store", "store name", "shop", "门店", "门店名称", "店名"),
        ),
        TargetField("zone", label=gettext_lazy("Time zone"), longest=64, aliases=("timezone", "时区")),
    ),
    match_keys=("code",),
    identity=("code",),
    apply="guanxi.core.importing.stores:apply",
    model="core.Store",
    right="settings.manage",
    order=90,
)  # fmt: skip
_FACTS = ("name", "zone")


def apply(viewer: Viewer, rows: Sequence[Row], *, run_id: UUID, dry: bool) -> list[Outcome]:
    """Bring in one batch of stores; the code says which is which."""
    codes = [row.values["code"] for row in rows]
    known = {store.code: store for store in Store.objects.filter(code__in=codes)}
    outcomes, fresh, changed = [], [], {}
    for row in rows:
        outcome, store = _one(viewer, row, known)
        outcomes.append(outcome)
        if outcome.action == Action.CREATE:
            fresh.append(store)
        elif outcome.action == Action.UPDATE:
            changed[store.pk] = store
    if not dry:
        Store.objects.bulk_create(fresh)
        Store.objects.bulk_update([store for key, store in changed.items() if store not in fresh], _FACTS)
    return outcomes


def undo(viewer: Viewer, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Take back the stores that nobody has changed or used since."""
    return [_undone(one) for one in outcomes]


def _one(viewer: Viewer, row: Row, known: dict[str, Store]) -> tuple[Outcome, Store]:
    code, facts = row.values["code"], {name: row.values[name] for name in _FACTS if name in row.values}
    store = known.get(code)
    if facts.get("zone", "UTC") not in values.zones():
        reason = _("There is no time zone of this name.")
        return Outcome(row.number, Action.REJECT, None, reason), store or Store(pk=uuid4())
    if store is None:
        store = known[code] = Store(
            pk=id_of(viewer.tenant, "store", code),
            enterprise_id=viewer.tenant,
            code=code,
            **{"name": code} | facts,
        )
        return Outcome(row.number, Action.CREATE, store.pk, "", {"after": _facts(store)}), store
    before = _facts(store)
    for name, value in facts.items():
        setattr(store, name, value)
    action = Action.UNCHANGED if before == _facts(store) else Action.UPDATE
    return Outcome(row.number, action, store.pk, "", {"before": before, "after": _facts(store)}), store


def _facts(store: Store) -> dict[str, Any]:
    return {name: getattr(store, name) for name in _FACTS}


def _undone(outcome: Outcome) -> Outcome:
    store = Store.objects.select_for_update().filter(pk__in=[outcome.target_id]).first()
    if store is None or _facts(store) != outcome.before["after"]:
        return Outcome(outcome.number, Action.REFUSED, outcome.target_id, _("changed since the import"))
    if outcome.action == Action.UPDATE:
        Store.objects.filter(pk=store.pk).update(**outcome.before["before"])
        return Outcome(outcome.number, Action.UNDONE, store.pk)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            store.delete()
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    except IntegrityError:
        return Outcome(outcome.number, Action.REFUSED, outcome.target_id, _("in use since the import"))
    return Outcome(outcome.number, Action.UNDONE, outcome.target_id)
