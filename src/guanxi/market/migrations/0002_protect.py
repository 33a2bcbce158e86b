"""Row security of segments."""

from django.db import migrations

from guanxi.core.protect import Protect


class Migration(migrations.Migration):
    """Protect every table; an individual sees no segment, being in one is the enterprise's own thought."""

    dependencies = [("people", "0002_protect"), ("market", "0001_initial")]

    operations = [
        Protect("segment", desk="SELECT, INSERT, UPDATE", referable=True),
        Protect("segmenthistory", desk="SELECT, INSERT"),
        Protect("membership"),
    ]
