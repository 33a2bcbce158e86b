"""What a command stands on: Django, and the embedded database where no address is given."""

import django
from django.db import OperationalError

from guanxi import settings
from guanxi.core import database
from guanxi.core.errors import DomainError


def nothing() -> None:
    """The command is light: it stands on settings alone."""


def set_up() -> None:
    """Load Django and every package's wiring."""
    django.setup()


def set_up_with_database() -> None:
    """Start the embedded PostgreSQL unless it runs or an address is given; then load Django."""
    start_database()
    set_up()


NEEDS = {"nothing": nothing, "django": set_up, "database": set_up_with_database}


def start_database() -> None:
    """Start the embedded PostgreSQL, where no address is given."""
    data = settings.configuration.data
    if settings.configuration.database_url:
        return
    database.cluster_in(data).ensure()
    # The port is chosen when the cluster is made, which may be only now.
    for alias, role in (("default", "app"), ("owner", "owner")):
        settings.DATABASES[alias].update(database.django_settings("", data, role=role))


def wait_for_database() -> None:
    """Return when the database answers: a process of the tree may start before the server does."""
    configuration = settings.configuration
    cluster = database.cluster_in(configuration.data)
    database.wait_until_ready(configuration.database_url or cluster.address(user="guanxi_app"), seconds=60)


def foreseen() -> tuple[type[Exception], ...]:
    """Errors that say what to do by themselves."""
    return (DomainError, database.DatabaseToolError, OperationalError)
