"""Who is meant when an event or a row carries several identifiers, and what a doubtful pair looks like in words.

Pure. The deterministic rules come first: they never make one customer out of two *identified* ones, unless a
rule of the
enterprise says that those kinds of identifiers vouch for each other. Everything less certain becomes a pair for
a steward.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from guanxi.people.identifiers import TRUST, Identifier


@dataclass(frozen=True, slots=True)
class Rule:
    """Two identified customers are one when an event carries identifiers of all these kinds, some of each."""

    name: str
    kinds: frozenset[str]


@dataclass(frozen=True, slots=True)
class Whole:
    """What the rules need to know of a customer that an identifier points at."""

    root: UUID
    identified: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """What follows: whom the event belongs to, what is learnt, which wholes are joined or put before a steward."""

    target: UUID | None
    learn: tuple[Identifier, ...] = ()
    join: tuple[UUID, ...] = ()
    doubt: tuple[UUID, ...] = ()
    rule: str = ""


def decide(
    asked: Sequence[Identifier], known: Mapping[Identifier, Whole], rules: Sequence[Rule] = ()
) -> Verdict:
    """Choose the customer that a set of identifiers means; `asked` need not be sorted."""
    if len(asked) == 1 and asked[0] in known:
        return Verdict(known[asked[0]].root)
    ordered = sorted(asked, key=lambda one: TRUST[one.kind])
    unknown = tuple(one for one in ordered if one not in known)
    if len(unknown) == len(ordered):
        return Verdict(target=None, learn=unknown)
    strong_asked = any(not one.weak for one in ordered)
    wholes = {known[one].root: known[one] for one in ordered if one in known}
    target = _target(ordered, known)
    if target is None or (
        strong_asked and _only_weak_ties(target, ordered, known) and wholes[target].identified
    ):
        # A shared device: somebody new has signed in where an identified customer was before.
        return Verdict(target=None, learn=unknown)
    join, doubt, rule = _others(target, ordered, known, wholes, rules)
    return Verdict(target=target, learn=unknown, join=join, doubt=doubt, rule=rule)


def _target(ordered: Sequence[Identifier], known: Mapping[Identifier, Whole]) -> UUID | None:
    """The most trusted identifier decides; an identified whole goes before one that nobody has a name for."""
    found = [one for one in ordered if one in known]
    strong = [one for one in found if not one.weak and known[one].identified]
    return known[(strong or found)[0]].root if found else None


def _only_weak_ties(target: UUID, ordered: Sequence[Identifier], known: Mapping[Identifier, Whole]) -> bool:
    return all(one.weak for one in ordered if one in known and known[one].root == target)


def _others(
    target: UUID,
    ordered: Sequence[Identifier],
    known: Mapping[Identifier, Whole],
    wholes: Mapping[UUID, Whole],
    rules: Sequence[Rule],
) -> tuple[tuple[UUID, ...], tuple[UUID, ...], str]:
    join = [root for root, whole in wholes.items() if root != target and not whole.identified]
    doubt: list[UUID] = []
    named = ""
    for root, whole in wholes.items():
        if root == target or not whole.identified or _only_weak_ties(root, ordered, known):
            continue  # another identified customer was once seen on this device: that says nothing
        kinds = {one.kind for one in ordered if one in known and known[one].root in {target, root}}
        rule = next((rule for rule in rules if rule.kinds <= kinds and len(rule.kinds) > 1), None)
        if rule is None:
            doubt.append(root)
        else:
            join.append(root)
            named = rule.name
    return tuple(join), tuple(doubt), named


@dataclass(frozen=True, slots=True)
class Reason:
    """Why two customers look like one: what was compared, how well it agreed, how much that says (bits)."""

    field: str
    level: str
    weight: float

    def stored(self) -> dict[str, object]:
        return {"field": self.field, "level": self.level, "weight": round(self.weight, 2)}


def sentences(reasons: Sequence[Mapping[str, object]]) -> list[str]:
    """The reasons for a score in words, those that say most first."""
    labels, levels = _labels(), _levels()
    ordered = sorted(reasons, key=lambda one: -abs(float(str(one["weight"]))))
    return [
        _("%(field)s: %(level)s")
        % {
            "field": labels.get(str(one["field"]), str(one["field"])),
            "level": levels.get(str(one["level"]), str(one["level"])),
        }
        for one in ordered
    ]


def strength(score: float) -> str:
    """A score as a word that a steward can act on."""
    if score >= 0.99:
        return _("almost certainly one")
    if score >= 0.9:
        return _("very likely one")
    if score >= 0.6:
        return _("likely one")
    return _("perhaps one")


def _labels() -> dict[str, str]:
    return {
        "name": _("Name"),
        "given": _("Given name"),
        "family": _("Family name"),
        "email": _("E-mail"),
        "phone": _("Phone"),
        "birth": _("Date of birth"),
        "address": _("Address"),
        "city": _("City"),
        "postcode": _("Postcode"),
        "number": _("Number"),
        "identifier": _("Shared identifier"),
    }


def _levels() -> dict[str, str]:
    return {
        "same": _("the same"),
        "sound": _("the same when spoken"),
        "swapped": _("the same with given and family name swapped"),
        "close": _("nearly the same"),
        "similar": _("similar"),
        "local": _("the same before the @"),
        "differs": _("different"),
        "missing": _("missing on one side"),
        "both": _("one event carried identifiers of both"),
    }
