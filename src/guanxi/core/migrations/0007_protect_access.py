"""The access log is written by whoever reads and altered by nobody; `people` lets individuals read theirs."""

from django.db import migrations

from guanxi.core.protect import Protect


class Migration(migrations.Migration):
    """After the table, before anybody uses it."""

    dependencies = [("core", "0006_access")]

    operations = [Protect("access", desk="SELECT, INSERT")]
