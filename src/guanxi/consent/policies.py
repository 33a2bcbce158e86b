"""What an enterprise allows itself and which bases it stands on, as the gate judges by them."""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from guanxi.consent import judging, pressure
from guanxi.consent.judging import Quiet
from guanxi.consent.models import LegalBasis, Policy
from guanxi.core.compiled import Asked, compiled


class InForce:
    """The policy of an enterprise, asked for and not yet waited for."""

    __slots__ = ("_bases", "_policy")

    def __init__(self, enterprise_id: UUID, now: datetime) -> None:
        self._policy: Asked[Policy] = _policies(enterprise_id)
        self._bases: Asked[LegalBasis] = _bases(enterprise_id, now)

    @property
    def policy(self) -> judging.Policy:
        """What the gate judges by."""
        bases = {row.purpose: row.basis for row in self._bases.rows}
        row = self._policy.first
        return of(row, bases) if row else judging.Policy(bases=bases)


def of(row: Policy, bases: dict[str, str]) -> judging.Policy:
    """A row as the gate judges by it."""
    quiet = Quiet(row.quiet_from, row.quiet_to, row.zone) if row.quiet_from and row.quiet_to else None
    return judging.Policy(
        limit=row.pressure_limit,
        half_life=row.half_life_days,
        weights={**pressure.WEIGHTS, **row.weights},
        weekly_cap=row.weekly_cap,
        quiet=quiet,
        least={purpose: int(strength) for purpose, strength in row.least.items()},
        bases=bases,
    )


@compiled
def _policies(enterprise_id: UUID) -> QuerySet[Policy]:
    return Policy.objects.filter(enterprise_id=enterprise_id)


@compiled
def _bases(enterprise_id: UUID, now: datetime) -> QuerySet[LegalBasis]:
    return LegalBasis.objects.filter(enterprise_id=enterprise_id, ended_at__isnull=True, since__lte=now)
