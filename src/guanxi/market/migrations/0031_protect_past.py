"""Row security of the past: what the enterprise did before is its own; individuals see none of it here."""

from typing import ClassVar

from django.db import migrations

from guanxi.core.protect import Protect


class Migration(migrations.Migration):
    """Protect every table of the past."""

    dependencies: ClassVar = [("people", "0002_protect"), ("market", "0030_past")]

    operations: ClassVar = [
        Protect("pastcampaign", referable=True),
        Protect("addressee"),
        Protect("pastcoupon"),
        Protect("hindsight"),
        *(
            Protect(f"{name}history", desk="SELECT, INSERT")
            for name in ("pastcampaign", "addressee", "pastcoupon")
        ),
    ]
