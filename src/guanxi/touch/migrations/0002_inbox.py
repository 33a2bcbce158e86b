"""The inbox, which the web process can only fill, and the protection of the tables of the touch centre."""

from django.db import migrations

from guanxi.core.protect import Protect

INBOX = """
ALTER TABLE touch_inbox ALTER COLUMN body SET STORAGE EXTERNAL;
-- A queue: rows live for seconds, so the dead must go soon or its beginning grows slow.
ALTER TABLE touch_inbox SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000,
  autovacuum_vacuum_insert_threshold = -1, autovacuum_vacuum_cost_delay = 0);
REVOKE ALL ON touch_inbox FROM PUBLIC;
GRANT INSERT ON touch_inbox TO guanxi_app, guanxi_desk;
GRANT SELECT, DELETE ON touch_inbox TO guanxi_work;

-- How much waits, without reading any of it: numbers are given in order, and digested from the beginning.
CREATE FUNCTION touch_pressure() RETURNS TABLE (waiting bigint, oldest_seconds float8)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$ SELECT coalesce((SELECT last_value FROM touch_inbox_id_seq) - first.id + 1, 0),
             coalesce(extract(epoch FROM now() - first.received_at), 0)::float8
      FROM (SELECT 1) one LEFT JOIN LATERAL (SELECT id, received_at FROM touch_inbox ORDER BY id LIMIT 1) first ON true $$;
REVOKE ALL ON FUNCTION touch_pressure FROM PUBLIC;
GRANT EXECUTE ON FUNCTION touch_pressure TO guanxi_app, guanxi_desk, guanxi_work;
"""
APPEND = "SELECT, INSERT"


class Migration(migrations.Migration):
    """After the tables, before anybody uses them."""

    dependencies = [("touch", "0001_initial"), ("core", "0002_ground")]

    operations = [
        migrations.RunSQL(INBOX, migrations.RunSQL.noop),
        Protect("source", referable=True),
        Protect("sourcehistory", desk=APPEND),
        Protect("tally", desk="SELECT, INSERT, UPDATE"),
        Protect("quarantined"),
        Protect("quarantinedhistory", desk=APPEND),
        Protect("poison"),
        Protect("poisonhistory", desk=APPEND),
    ]
