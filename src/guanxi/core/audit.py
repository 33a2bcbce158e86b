"""The memory of changes: each update and deletion of an audited model keeps the row as it was, by trigger.

Append-only tables are their own history and derived ones can be rebuilt; neither is audited. Private fields stay
sealed in the history too. Who and in which request is written by the database from the tenancy, so that
no code can forget it; there is no context table that would know names.
"""

from typing import Any

import pghistory
from django.db import models
from django.db.models import DO_NOTHING, Func, TextField, Value
from django.db.models.functions import Coalesce
from pghistory.models import Event

from guanxi.core.declaration import Holding


class _Setting(Func):
    """A value of the tenancy, as a default of a column."""

    function = "current_setting"
    output_field = TextField()


def _of_tenancy(name: str) -> Coalesce:
    return Coalesce(_Setting(Value(name), Value(True)), Value(""))


class History(Event):
    """What every history table has besides the columns of its model."""

    changed_by = models.TextField(
        db_default=_of_tenancy("app.actor"), help_text="staff:…, person:… or process:…"
    )
    request_id = models.TextField(db_default=_of_tenancy("app.request"))

    class Meta:
        abstract = True


def audited(model: type[models.Model]) -> Any:
    """Keep the former row at each update and deletion of `model`, in the table `<model>event`."""
    track = pghistory.track(
        pghistory.UpdateEvent(row="OLD"),
        pghistory.DeleteEvent(row="OLD"),
        base_model=History,
        obj_field=pghistory.ObjForeignKey(
            related_name="+", related_query_name="+", db_constraint=False, on_delete=DO_NOTHING
        ),
        context_field=None,  # type: ignore[arg-type]  # documented, but missing in its types
        append_only=False,
        meta={"indexes": [models.Index(fields=["pgh_obj", "pgh_id"])]},
        attrs={"holding": _history_holding(model)},
    )
    return track(model)


def _history_holding(model: type[models.Model]) -> Holding:
    declared: Holding = model.holding  # type: ignore[attr-defined]  # demanded of every audited model
    subject = "pgh_obj" if declared.subject == "id" else declared.subject
    return Holding(tenant=declared.tenant, subject=subject, private=declared.private, append_only=True)
