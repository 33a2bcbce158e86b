"""What an individual says to all enterprises at once, and what their browser says for them. It only ever lowers."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime, time
from uuid import UUID

from django.db import transaction

from guanxi.consent import queries, services
from guanxi.consent.models import Signal
from guanxi.consent.queries import Permitted, Relation
from guanxi.consent.services import Statement
from guanxi.consent.words import Purpose, Strength
from guanxi.core.errors import NotAllowed
from guanxi.core.viewer import Viewer

PROOF = "front door, for all"
#: What Global Privacy Control objects to: being chosen by one's own data for what one did not ask for (decision 0030).
OBJECTED = (Purpose.OFFERS, Purpose.NEWS)
GPC_PROOF = "Sec-GPC: 1"
Restating = Callable[[Permitted], Sequence[Statement]]


@transaction.atomic
def lower(*, viewer: Viewer, purposes: Collection[str], at_most: int) -> int:
    """No more than this, for these purposes, for anybody; the number of enterprises for which something changed."""

    def restate(one: Permitted) -> Sequence[Statement]:
        above = one.purpose in purposes and one.strength > at_most
        return [replace(as_it_stands(one), strength=at_most)] if above else []

    return _say_everywhere(viewer, restate, PROOF)


@transaction.atomic
def pause(*, viewer: Viewer, until: datetime | None) -> int:
    """Let nobody make contact for anything permitted before a moment; None ends the pause."""
    return _say_everywhere(viewer, lambda one: [replace(as_it_stands(one), paused_until=until)], PROOF)


@transaction.atomic
def be_quiet(*, viewer: Viewer, start: time | None, end: time | None) -> int:
    """The same quiet hours for everybody, on the person's own clock; None for none."""
    return _say_everywhere(
        viewer, lambda one: [replace(as_it_stands(one), quiet_from=start, quiet_to=end)], PROOF
    )


@transaction.atomic
def close(*, viewer: Viewer, channels: Collection[str]) -> int:
    """Let nobody use these channels for anything permitted; other channels stay as they are."""

    def restate(one: Permitted) -> Sequence[Statement]:
        closing = [channel for channel, wanted in one.channels if wanted and channel in channels]
        return [
            Statement(purpose=one.purpose, channel=channel, strength=Strength.NONE) for channel in closing
        ]

    return _say_everywhere(viewer, restate, PROOF)


@transaction.atomic
def heed(*, viewer: Viewer) -> list[Relation]:
    """The person's browser sends `Sec-GPC: 1`: lower what it objects to, once for each relation.

    What the person says themselves afterwards is the newer word and stands; that the signal ends raises nothing.

    Returns:
        The relations for which something was lowered.
    """
    if viewer.person_id is None:
        raise NotAllowed
    heard = set(signals_for(viewer))
    lowered = []
    for relation in queries.relations_for(viewer):
        if relation.enterprise.pk in heard:
            continue
        above = [
            one for one in relation.permitted if one.purpose in OBJECTED and one.strength > Strength.INFORMED
        ]
        said = [replace(as_it_stands(one), strength=int(Strength.INFORMED)) for one in above]
        if said:
            services.say(
                viewer=viewer, enterprise_id=relation.enterprise.pk, statements=said, proof=GPC_PROOF
            )
            lowered.append(relation)
        Signal.objects.create(
            enterprise_id=relation.enterprise.pk, person_id=viewer.person_id, kind=Signal.Kind.GPC,
            lowered=[one.purpose for one in above], heard_at=viewer.now,
        )  # fmt: skip
    return lowered


def signals_for(viewer: Viewer) -> dict[UUID, Signal]:
    """What the person's browser has said to each enterprise."""
    rows = Signal.objects.filter(person_id=viewer.person_id, kind=Signal.Kind.GPC)
    return {row.enterprise_id: row for row in rows}


def as_it_stands(one: Permitted) -> Statement:
    """What is permitted for a purpose, as a statement that would change nothing."""
    terms = one.terms
    quiet = terms.quiets[0] if terms.quiets else None
    return Statement(
        purpose=one.purpose,
        strength=one.strength,
        quiet_from=quiet.start if quiet else None,
        quiet_to=quiet.end if quiet else None,
        weekly_cap=terms.weekly_cap,
        paused_until=terms.paused_until,
        ends_at=terms.ends_at,
    )


def _say_everywhere(viewer: Viewer, restate: Restating, proof: str) -> int:
    changed = 0
    for relation in queries.relations_for(viewer):
        given = [one for one in relation.permitted if one.said and one.strength]
        statements = [statement for one in given for statement in restate(one)]
        if statements:
            changed += services.say(
                viewer=viewer, enterprise_id=relation.enterprise.pk, statements=statements, proof=proof
            )
    return changed
