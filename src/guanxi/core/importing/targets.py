"""What can be imported into: each package registers its targets in `wiring.py`.

A target module (named by `apply`) offers up to four functions:

`apply(viewer, rows, *, run_id, dry) -> list[Outcome]`
    one batch, at most 8,000 rows, set-wise, inside the engine's transaction and tenancy; idempotent by source key;
    exactly one outcome for each row; writes nothing when `dry`.
`prepare(viewer) -> Callable[[Sequence[Row]], Sequence[Any]]`
    optional: called once for a run, inside tenancy. What it answers is given the rows of one batch after the other,
    ahead of the database; where the file is long, in another process, so it must survive `pickle`. It must not ask the
    database. `apply` gets what it gives back in place of the rows: for each row one thing, in their order. Tuples of
    plain values travel fastest.
`undo(viewer, outcomes) -> list[Outcome]`
    takes back the `create` and `update` outcomes of one batch. For each it answers an outcome with the same number and
    `undone`, or `refused` with a reason (the row has changed since).
`fields(viewer) -> tuple[TargetField, ...]`
    optional: fields that only this enterprise has (its custom fields), beside those of the target.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from functools import cached_property
from typing import Any, Literal
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from guanxi.core.errors import DomainError
from guanxi.core.resolve import resolve
from guanxi.core.viewer import Viewer

Kind = Literal[
    "text", "integer", "decimal", "money", "date", "datetime", "boolean", "choice", "email", "phone", "tags"
]


class Action(StrEnum):
    """What became of one row."""

    CREATE = "create"
    UPDATE = "update"
    UNCHANGED = "unchanged"
    CONFLICT = "conflict"
    REJECT = "reject"
    UNDONE = "undone"
    REFUSED = "refused"


class UnknownTarget(DomainError):
    """No package registered a target of this name."""

    code = "import.unknown_target"
    status = 404
    summary = _("There is no import target “{name}”. Known: {near}.")


@dataclass(frozen=True, slots=True)
class TargetField:
    """One thing a column may fill; `aliases` are other headings it is known by, in any language."""

    name: str
    type: Kind = "text"
    label: str | Promise = ""
    private: bool = False
    required: bool = False
    aliases: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    longest: int = 1000


@dataclass(slots=True)
class Row:
    """One row of a file, converted: `number` counts as a spreadsheet does (the heading is row 1).

    Not frozen, as its kin below: a million are made, and a frozen one takes three times as long. `match` is what this
    run matches by, in order; empty means the target's own order.
    """

    number: int
    values: Mapping[str, Any]
    match: tuple[str, ...] = ()


@dataclass(slots=True)
class Outcome:
    """What became of a row; `before` (JSON) is whatever the target needs to undo it."""

    number: int
    action: str
    target_id: UUID | None = None
    reason: str = ""
    before: Any = None


Apply = Callable[..., list[Outcome]]
Prepare = Callable[[Sequence[Row]], Sequence[Any]]


@dataclass(frozen=True)
class Target:
    """Something that rows can become."""

    name: str
    label: str | Promise
    fields: tuple[TargetField, ...]
    match_keys: tuple[str, ...]
    apply: str
    model: str = ""  # "people.Customer": what is counted after a run
    right: str = "imports.run"
    own_fields: bool = False  # the module offers `fields(viewer)`
    prepares: bool = False  # the module offers `prepare(viewer)`
    identity: tuple[str, ...] = ()  # fields that make two rows of one file the same (told in a dry run)
    order: int = 50

    @cached_property
    def module(self) -> str:
        return self.apply.partition(":")[0]

    def fields_for(self, viewer: Viewer) -> tuple[TargetField, ...]:
        """Every field that this viewer's enterprise may fill."""
        if not self.own_fields:
            return self.fields
        return self.fields + tuple(resolve(f"{self.module}:fields")(viewer))

    def apply_batch(self, viewer: Viewer, rows: Sequence[Any], *, run_id: UUID, dry: bool) -> list[Outcome]:
        """Bring in rows, or what was prepared of them."""
        return list(resolve(self.apply)(viewer, rows, run_id=run_id, dry=dry))

    def preparing(self, viewer: Viewer) -> Prepare | None:
        """What is done with the rows of each batch ahead of the database."""
        found: Prepare | None = resolve(f"{self.module}:prepare")(viewer) if self.prepares else None
        return found

    def undo_batch(self, viewer: Viewer, outcomes: Sequence[Outcome]) -> list[Outcome]:
        return list(resolve(f"{self.module}:undo")(viewer, outcomes))


_targets: dict[str, Target] = {}


def register(target: Target) -> None:
    """Offer a target; registering the same name again replaces it (reloads)."""
    _targets[target.name] = target


def get(name: str) -> Target:
    """The target of this name, or an error that lists the nearest names."""
    try:
        return _targets[name]
    except KeyError:
        near = ", ".join(get_close_matches(name, _targets, 3, 0.3) or sorted(_targets))
        raise UnknownTarget(field="target", name=name, near=near) from None


def every() -> list[Target]:
    """All targets, in the order in which pages show them."""
    return sorted(_targets.values(), key=lambda target: (target.order, target.name))
