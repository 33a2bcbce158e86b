"""Writes of trials: decisions before the act, outcomes after it, and who was left alone."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from guanxi.core.errors import Invalid
from guanxi.core.viewer import Viewer
from guanxi.trials import drawing, holdout
from guanxi.trials.models import Decision, HoldOut, Maker, Outcome, Side


class NotEligible(Invalid):
    """The chosen action was not among those that were possible."""

    code = "trials.not_eligible"
    summary = _("“{chosen}” was not one of the possible actions.")


@transaction.atomic
def decide(
    *,
    viewer: Viewer,
    customer_id: UUID,
    maker: Maker,
    policy: str,
    weights: Mapping[str, float],
    seed: int,
    occasion: str = "",
    facts: Mapping[str, Any] | None = None,
) -> Decision:
    """Choose one of the eligible actions by chance and write down what else could have happened.

    Args:
        weights: The eligible actions with their weights; doing nothing is an action too.
        seed: The same seed and weights give the same action.
    """
    eligible = drawing.options(weights)
    chosen = drawing.draw(eligible, seed=seed)
    return Decision.objects.create(
        enterprise_id=viewer.tenant,
        customer_id=customer_id,
        maker=maker,
        policy=policy,
        occasion=occasion,
        eligible=[asdict(option) for option in eligible],
        chosen=chosen.action,
        chance=chosen.chance,
        seed=seed,
        facts=dict(facts or {}),
        decided_by=viewer.actor,
        decided_at=viewer.now,
    )


@transaction.atomic
def record_choice(
    *,
    viewer: Viewer,
    customer_id: UUID,
    policy: str,
    eligible: Sequence[str],
    chosen: str,
    occasion: str = "",
    replaces: Decision | None = None,
) -> Decision:
    """Write down what somebody of the staff decided, or decided instead of a machine.

    Raises:
        NotEligible: The choice was not among the possible actions.
    """
    if chosen not in eligible:
        raise NotEligible(field="chosen", chosen=chosen, eligible=list(eligible))
    return Decision.objects.create(
        enterprise_id=viewer.tenant,
        customer_id=customer_id,
        maker=Maker.STAFF,
        policy=policy,
        occasion=occasion,
        eligible=[{"action": action, "chance": None} for action in sorted(eligible)],
        chosen=chosen,
        replaces=replaces,
        decided_by=viewer.actor,
        decided_at=viewer.now,
    )


@transaction.atomic
def record_outcome(
    *, viewer: Viewer, decision: Decision, side: Side, measure: str, value: Decimal, happened_at: datetime
) -> bool:
    """Join an outcome to its decision; the same one counts once.

    Returns:
        Whether it is new.
    """
    outcome = Outcome(
        enterprise_id=viewer.tenant,
        decision=decision,
        side=side,
        measure=measure,
        value=value,
        happened_at=happened_at,
    )
    known = Outcome.objects.filter(
        enterprise_id=viewer.tenant, decision=decision, side=side, measure=measure, happened_at=happened_at
    ).exists()
    if not known:
        Outcome.objects.bulk_create([outcome], ignore_conflicts=True)
    return not known


def in_holdout(*, viewer: Viewer, root_id: UUID, purpose: str) -> bool:
    """Whether a customer is left alone for this purpose now; being left alone is recorded."""
    period = holdout.period_of(viewer.now)
    if purpose not in holdout.WITHHELD or not holdout.held_out(viewer.tenant, root_id, period):
        return False
    row = HoldOut(enterprise_id=viewer.tenant, customer_id=root_id, period=period, recorded_at=viewer.now)
    HoldOut.objects.bulk_create([row], ignore_conflicts=True)
    return True


@transaction.atomic
def leave_alone(*, viewer: Viewer, root_ids: Sequence[UUID], purpose: str) -> set[UUID]:
    """Of many customers those who are left alone for this purpose now; being left alone is recorded."""
    if purpose not in holdout.WITHHELD:
        return set()
    period = holdout.period_of(viewer.now)
    names = (str(root_id).encode() for root_id in root_ids)
    left = {UUID(name.decode()) for name in holdout.held_out_among(viewer.tenant, names, period)}
    rows = [
        HoldOut(enterprise_id=viewer.tenant, customer_id=root_id, period=period, recorded_at=viewer.now)
        for root_id in sorted(left)
    ]
    HoldOut.objects.bulk_create(rows, ignore_conflicts=True, batch_size=5_000)
    return left
