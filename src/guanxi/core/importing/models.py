"""Tables of the import engine: a run, and its batches with what became of each row."""

import zlib
from collections import Counter
from collections.abc import Iterable
from typing import Any, ClassVar
from uuid import UUID

import msgspec
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from guanxi.core.declaration import Holding
from guanxi.core.fields import TenantForeignKey, TenantModel
from guanxi.core.importing.targets import Action, Outcome


class State(models.TextChoices):
    """Where a run stands."""

    RECEIVED = "received", _("Received")
    CHECKING = "checking", _("Checking")
    CHECKED = "checked", _("Checked")
    RUNNING = "running", _("Running")
    STOPPED = "stopped", _("Stopped")
    FAILED = "failed", _("Failed")
    DONE = "done", _("Done")
    UNDOING = "undoing", _("Undoing")
    UNDONE = "undone", _("Undone")


_STORED = (Action.CREATE.value, Action.UPDATE.value, Action.UNCHANGED.value)
BUSY = (State.CHECKING, State.RUNNING, State.UNDOING)


class Import(TenantModel):
    """One file and what was done with it. The checkpoint moves in the transaction of its batch, so that a killed run
    goes on where the last commit left it.
    """

    holding: ClassVar[Holding] = Holding(derived=True)

    target = models.CharField(_("target"), max_length=60, blank=True, default="")
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.RECEIVED)
    file_name = models.CharField(_("file"), max_length=200)
    size = models.BigIntegerField(_("size"))
    digest = models.CharField(max_length=64)
    headings = models.JSONField(default=list)
    layout = models.JSONField(default=dict)
    mapping = models.JSONField(default=dict)
    habits = models.JSONField(default=dict)
    match = models.JSONField(default=list)
    dry = models.BooleanField(default=True)
    creates = models.IntegerField(default=0)
    updates = models.IntegerField(default=0)
    unchanged = models.IntegerField(default=0)
    conflicts = models.IntegerField(default=0)
    rejects = models.IntegerField(default=0)
    stored = models.IntegerField(null=True)
    undone = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)
    reasons = models.JSONField(default=dict)
    checkpoint = models.IntegerField(default=0)
    progress = models.FloatField(default=0.0)
    error = models.TextField(default="", blank=True)
    origin = models.CharField(max_length=10, default="page")
    language = models.CharField(max_length=16, default="en")
    started_by = TenantForeignKey("core.Staff", null=True)
    seconds = models.FloatField(
        default=0.0
    )  # of work, pauses left out; the enterprise's clock may stand still
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["enterprise", "-id"], name="core_import_newest")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="core_import_state")
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def busy(self) -> bool:
        """Is something being done with it right now?"""
        return self.state in BUSY

    @property
    def rows(self) -> int:
        """How many rows have an outcome so far."""
        return self.creates + self.updates + self.unchanged + self.conflicts + self.rejects

    @property
    def aside(self) -> int:
        """How many rows wait to be mended."""
        return self.conflicts + self.rejects

    @property
    def percent(self) -> int:
        return int(self.progress * 100)


class ImportBatch(TenantModel):
    """The outcomes of one batch, written in its transaction; `outcomes` and `undo` are packed lists of `Outcome`.

    `stored_ids` are the records that its rows should be found in, `stored_rows` how many rows each of them holds.
    """

    holding: ClassVar[Holding] = Holding(derived=True)

    run = TenantForeignKey(Import)
    number = models.IntegerField()
    first_row = models.IntegerField()
    last_row = models.IntegerField()
    outcomes = models.BinaryField()
    undo = models.BinaryField(null=True)
    stored_ids = ArrayField(models.UUIDField(), default=list)
    stored_rows = ArrayField(models.IntegerField(), default=list)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise", "run", "number"], name="core_importbatch_number")
        ]


def pack(outcomes: list[Outcome]) -> bytes:
    """Outcomes as they are kept: about 15 bytes a row."""
    rows = [(each.number, each.action, each.target_id, each.reason, each.before) for each in outcomes]
    return zlib.compress(msgspec.msgpack.encode(rows), 1)


def unpack(packed: Any) -> list[Outcome]:
    """The outcomes of a batch."""
    rows = msgspec.msgpack.decode(zlib.decompress(bytes(packed)))
    return [Outcome(number, action, _id(key), reason, before) for number, action, key, reason, before in rows]


def records_of(outcomes: Iterable[Outcome]) -> dict[UUID, int]:
    """The records in which rows should be found, and how many rows each holds: the lines of an order share one."""
    # By number: an id works its hash out anew each time it is asked for it.
    counted = Counter(
        one.target_id.int for one in outcomes if one.target_id is not None and one.action in _STORED
    )
    return {UUID(int=number): rows for number, rows in counted.items()}


def _id(key: str | None) -> UUID | None:
    return UUID(key) if key else None
