"""Row security of the mining centre: staff and processes of the enterprise; individuals are not shown what it is worth
to an enterprise that they come, until an issue says in which words."""

from typing import ClassVar

from django.db import migrations

from guanxi.core.protect import Protect


class Migration(migrations.Migration):
    """After the tables, before anybody uses them."""

    dependencies: ClassVar = [("mining", "0001_initial")]

    operations: ClassVar = [
        Protect("run", referable=True),
        Protect("lakefile"),
        Protect("behaviour"),
        Protect("score"),
    ]
