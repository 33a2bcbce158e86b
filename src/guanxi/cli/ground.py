"""What a command stands on: Django, and the embedded database where no address is given."""

import ctypes
import gc
import os
import signal
from typing import Any

import django
import psycopg
from django.db import OperationalError

from guanxi import settings
from guanxi.cli import keeping, ports
from guanxi.core import database
from guanxi.core.errors import DomainError
from guanxi.core.resolve import resolve

# Set by `guanxi up` for the processes of its tree.
IN_TREE = "GUANXI_IN_TREE"


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


def application_address() -> str:
    """The address at which every process works."""
    configuration = settings.configuration
    return configuration.database_url or database.cluster_in(configuration.data).address(user="guanxi_app")


def owner_address() -> str:
    """The address for backups: the embedded server's superuser, else the owner of the tables."""
    configuration = settings.configuration
    return configuration.owner_database_url or database.cluster_in(configuration.data).address()


def in_tree() -> bool:
    """Whether `guanxi up` started this process; it has asked for the ports already, and starts again what dies."""
    return IN_TREE in os.environ


def wait_for_database() -> None:
    """Return when the database answers: a process of the tree may start before the server does.

    Raises:
        MightyRole: The application role could read every tenant; no process runs as such a role.
    """
    if in_tree():
        end_with_parent()
    database.wait_until_ready(application_address(), seconds=60)
    if reasons := might_of_role(application_address()):
        raise MightyRole(
            f"The role of GUANXI_DATABASE_URL {' and '.join(reasons)}: row security would not hold. Use guanxi_app."
        )


def end_with_parent() -> None:
    """Have this process told to end when the one that started it dies, so that nothing of a killed tree is left."""
    library = ctypes.CDLL(None)
    # Linux alone has it; elsewhere a killed supervisor leaves its children behind.
    if hasattr(library, "prctl"):
        library.prctl(_PARENT_DEATH_SIGNAL, signal.SIGTERM)


def load_as_child(target: str) -> Any:
    """What granian's own child processes serve; they end with the process that holds the socket."""
    end_with_parent()
    served = resolve(target)
    settle()
    return served


def settle() -> None:
    """Set aside what is loaded, and look for cycles more rarely: a process that serves would spend a fifth of its time
    on looking through what stays."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


class MightyRole(RuntimeError):
    """The application role may pass row security."""


_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of <sys/prctl.h>
_MIGHT = """SELECT rolsuper, rolbypassrls,
  EXISTS (SELECT FROM pg_class WHERE relowner = r.oid AND relkind IN ('r', 'p', 'v', 'm'))
FROM pg_roles r WHERE rolname = current_user"""


def might_of_role(address: str) -> list[str]:
    """Why the role of an address could pass row security; nothing where it could not."""
    with psycopg.connect(address, connect_timeout=5) as connection:
        row = connection.execute(_MIGHT).fetchone() or (True, True, True)
    reasons = ("is a superuser", "has BYPASSRLS", "owns a table")
    return [reason for reason, holds in zip(reasons, row, strict=True) if holds]


def foreseen() -> tuple[type[Exception], ...]:
    """Errors that say what to do by themselves."""
    return (
        DomainError,
        MightyRole,
        ports.PortTaken,
        keeping.KeepingError,
        database.DatabaseToolError,
        OperationalError,
    )
