"""Row security of trials: rows are added and read, never changed."""

from django.db import migrations

from guanxi.core.protect import Protect


class Migration(migrations.Migration):
    """Protect every table."""

    dependencies = [("people", "0002_protect"), ("trials", "0001_initial")]

    operations = [
        Protect("decision", desk="SELECT, INSERT", referable=True),
        Protect("outcome", desk="SELECT, INSERT"),
        Protect("holdout", desk="SELECT, INSERT"),
    ]
