"""Bringing the database up to date, as its owner: migrations, the grants of the written list, months ahead."""

from django.core.management import call_command
from django.db import connections

from guanxi.core.exempt import GRANTS

OWNER = "owner"
MONTHS_AHEAD = 3
# What jobs, limits and content types need inside a tenancy; accounts and sessions stay with the login role.
_INSIDE_TENANCY = ("procrastinate_", "core_bucket", "django_content_type")
# procrastinate numbers its rows by sequences, which want a grant of their own.
_SEQUENCES = """SELECT sequence.relname FROM pg_class AS sequence JOIN pg_depend AS link ON link.objid = sequence.oid
JOIN pg_class AS owner ON owner.oid = link.refobjid WHERE sequence.relkind = 'S' AND owner.relname = %s"""


def migrate(*, verbosity: int = 1) -> None:
    """Run all migrations that are missing, then grant the application role what `core/exempt.py` lists."""
    call_command("migrate", database=OWNER, interactive=False, verbosity=verbosity)
    with connections[OWNER].cursor() as cursor:
        for table, grant in GRANTS.items():
            inside = table.startswith(_INSIDE_TENANCY)
            roles = "guanxi_app, guanxi_desk, guanxi_self, guanxi_work" if inside else "guanxi_app"
            cursor.execute(f'GRANT {grant} ON "{table}" TO {roles}')
            cursor.execute(_SEQUENCES, [table])
            for (sequence,) in cursor.fetchall():
                cursor.execute(f'GRANT USAGE ON SEQUENCE "{sequence}" TO {roles}')
        cursor.execute("SELECT core_event_partitions(%s)", [MONTHS_AHEAD])
    connections[OWNER].close()
