"""What a change of policy would have done to the last 90 days.

Each answer of that time is judged again from the facts that were kept with it, under the policy that stands and under
the one that is tried. What the customer's own permission refused or delayed stays so: a policy cannot open it. It is a
first look: had fewer contacts been made, later ones would have met less pressure, and that is not followed.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from guanxi.consent import judging
from guanxi.consent.judging import Policy, Situation, Terms, Wish
from guanxi.consent.models import Verdict
from guanxi.consent.pressure import Past
from guanxi.consent.words import Channel, Outcome, Purpose, Reason
from guanxi.core.viewer import Viewer

DAYS = 90
#: Answers that a policy has a part in; all others stand on what the customer said or on what is going on.
_OURS = frozenset({Reason.PERMITTED, Reason.PRESSURE, Reason.HOUSE_CAP, Reason.HOUSE_QUIET, Reason.TOO_LOW})
_COLUMNS = (
    "customer_id", "purpose", "channel", "needs", "asked_for", "outcome", "reason", "until", "facts", "asked_at",
)  # fmt: skip


@dataclass
class Shift:
    """How many contacts, and of how many customers, went from one outcome to another."""

    contacts: int = 0
    customers: set[Any] = field(default_factory=set)

    def count(self, customer_id: Any) -> None:
        self.contacts += 1
        self.customers.add(customer_id)


@dataclass(frozen=True, slots=True)
class Line:
    """One purpose and channel, with what would have become of its contacts."""

    purpose: str
    channel: str
    before: Mapping[str, int]
    after: Mapping[str, int]

    @property
    def purpose_label(self) -> str:
        """The purpose in words."""
        return str(Purpose(self.purpose).label)

    @property
    def channel_label(self) -> str:
        """The channel in words."""
        return str(Channel(self.channel).label) if self.channel else ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What would have been otherwise.

    Attributes:
        shifts: By outcome before and after, only where they differ.
    """

    since: datetime
    asked: int
    before: Mapping[str, int]
    after: Mapping[str, int]
    shifts: Mapping[tuple[str, str], Shift]
    lines: tuple[Line, ...]

    @property
    def changed(self) -> int:
        """How many contacts would have been answered otherwise."""
        return sum(shift.contacts for shift in self.shifts.values())

    @property
    def customers(self) -> int:
        """For how many customers something would have been otherwise."""
        return len(set().union(*(shift.customers for shift in self.shifts.values()))) if self.shifts else 0


def what_if(viewer: Viewer, policy: Policy, standing: Policy) -> Answer:
    """Judge the contacts of the last 90 days again, as if this policy had stood.

    Raises:
        NotAllowed: The viewer may not read the gate's answers.
    """
    viewer.require("gate.read")
    since = viewer.now - timedelta(days=DAYS)
    before, after = Counter[tuple[str, str, str]](), Counter[tuple[str, str, str]]()
    shifts: dict[tuple[str, str], Shift] = {}
    for row in _asked(viewer, since):
        was, would = _outcome(row, standing), _outcome(row, policy)
        before[row["purpose"], row["channel"], was] += 1
        after[row["purpose"], row["channel"], would] += 1
        if was != would:
            shifts.setdefault((was, would), Shift()).count(row["customer_id"])
    keys = sorted({key[:2] for key in before})
    lines = [Line(*key, _part(before, key), _part(after, key)) for key in keys]
    return Answer(since, before.total(), _whole(before), _whole(after), shifts, tuple(lines))


def _asked(viewer: Viewer, since: datetime) -> Iterator[Mapping[str, Any]]:
    found = Verdict.objects.filter(
        enterprise_id=viewer.tenant, kind=Verdict.Kind.CONTACT, asked_at__gt=since, asked_at__lte=viewer.now
    )
    yield from found.values(*_COLUMNS).iterator(chunk_size=5_000)


def _outcome(row: Mapping[str, Any], policy: Policy) -> str:
    """The outcome that an answer would have had, from the facts that were kept with it."""
    wish = Wish(row["purpose"], row["channel"], row["needs"], row["asked_for"])
    reasons, facts = {row["reason"], *row["facts"].get("also", ())}, row["facts"]
    if not wish.unasked or reasons - _OURS or "has" not in facts:
        return str(row["outcome"])
    if row["reason"] == Reason.TOO_LOW and facts["has"] < row["needs"]:
        return str(row["outcome"])
    now = row["asked_at"]
    terms = Terms(strength=facts["has"])
    situation = Situation(
        contacted_at=(now,) * facts.get("used", 0),
        load=facts.get("load", 0.0),
        past=Past(*facts.get("past", ())),
    )
    return str(judging.may_contact(wish, terms, situation, now, policy).outcome)


def _part(counts: Counter[tuple[str, str, str]], key: tuple[str, str]) -> dict[str, int]:
    return {outcome: counts[(*key, outcome)] for outcome in Outcome.values}


def _whole(counts: Counter[tuple[str, str, str]]) -> dict[str, int]:
    whole = dict.fromkeys(Outcome.values, 0)
    for (_purpose, _channel, outcome), many in counts.items():
        whole[outcome] += many
    return whole
