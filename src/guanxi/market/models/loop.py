"""The loop report as it was on a day."""

from typing import ClassVar

from django.db import models

from guanxi.core.declaration import Holding
from guanxi.core.fields import TenantModel


class LoopReport(TenantModel):
    """The report of one day of the enterprise's clock, in the words in which it was made."""

    holding: ClassVar[Holding] = Holding(derived=True)

    day = models.DateField()
    as_of = models.DateTimeField()
    facts = models.JSONField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["enterprise", "day"], name="market_loopreport_day")
        ]
