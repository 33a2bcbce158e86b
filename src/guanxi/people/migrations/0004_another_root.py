"""A record whose root is itself needs no key to say that its root is there.

Of a million customers who come in, nobody has been merged yet, and the database looked up each one's own row twice to
see that it is there. A column that is empty for them carries the key instead of `root_id`.
"""

from django.db import migrations

_TABLES = {"people_customer": "id", "people_profile": "customer_id"}
_FORWARDS = """
ALTER TABLE {table} DROP CONSTRAINT {table}_root_id_tenant;
ALTER TABLE {table} ADD COLUMN another_root_id uuid GENERATED ALWAYS AS (nullif(root_id, {own})) STORED;
ALTER TABLE {table} ADD CONSTRAINT {table}_root_id_tenant FOREIGN KEY (enterprise_id, another_root_id)
  REFERENCES people_customer (enterprise_id, id) DEFERRABLE INITIALLY DEFERRED;
CREATE INDEX {table}_another_root ON {table} (enterprise_id, another_root_id) WHERE another_root_id IS NOT NULL;
"""
_BACKWARDS = """
ALTER TABLE {table} DROP CONSTRAINT {table}_root_id_tenant;
ALTER TABLE {table} DROP COLUMN another_root_id;
ALTER TABLE {table} ADD CONSTRAINT {table}_root_id_tenant FOREIGN KEY (enterprise_id, root_id)
  REFERENCES people_customer (enterprise_id, id) DEFERRABLE INITIALLY DEFERRED;
"""


class Migration(migrations.Migration):
    """The keys of roots, and the column they stand on: the models do not know of it."""

    dependencies = [("people", "0003_profile_is_root")]

    operations = [
        migrations.RunSQL(_FORWARDS.format(table=table, own=own), _BACKWARDS.format(table=table, own=own))
        for table, own in _TABLES.items()
    ]
