"""Row security of what segments stand on, and the triggers that mark whose facts have changed."""

from django.db import migrations

from guanxi.core.protect import Protect

# Whatever changes a record, by whatever way, marks it in its own transaction; one statement leaves one notice.
MARKS = """
CREATE FUNCTION market_mark_made() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$ BEGIN
  INSERT INTO market_mark (enterprise_id, customer_id, kind) SELECT enterprise_id, id, '' FROM made;
  IF FOUND THEN PERFORM pg_notify('guanxi_market', ''); END IF;
  RETURN NULL;
END $$;
CREATE FUNCTION market_mark_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$ BEGIN
  INSERT INTO market_mark (enterprise_id, customer_id, kind)
  SELECT after.enterprise_id, each.id, '~' FROM after JOIN before USING (id)
   CROSS JOIN LATERAL (VALUES (before.root_id), (after.root_id)) AS each (id) WHERE after.root_id <> before.root_id
  UNION
  SELECT after.enterprise_id, after.id, '' FROM after JOIN before USING (id) WHERE after.root_id = before.root_id
     AND (after.kind, after.identified, after.simulated, after.home_store_id, after.fields::text, after.created_at)
         IS DISTINCT FROM
         (before.kind, before.identified, before.simulated, before.home_store_id, before.fields::text, before.created_at);
  IF FOUND THEN PERFORM pg_notify('guanxi_market', ''); END IF;
  RETURN NULL;
END $$;
CREATE FUNCTION market_mark_everybody() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp
AS $$ BEGIN
  INSERT INTO market_mark (enterprise_id, kind) VALUES (NEW.enterprise_id, '*');
  PERFORM pg_notify('guanxi_market', '');
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION market_mark_made, market_mark_changed, market_mark_everybody FROM PUBLIC;
CREATE TRIGGER market_made AFTER INSERT ON people_customer REFERENCING NEW TABLE AS made
  FOR EACH STATEMENT EXECUTE FUNCTION market_mark_made();
CREATE TRIGGER market_gone AFTER DELETE ON people_customer REFERENCING OLD TABLE AS made
  FOR EACH STATEMENT EXECUTE FUNCTION market_mark_made();
CREATE TRIGGER market_changed AFTER UPDATE ON people_customer REFERENCING OLD TABLE AS before NEW TABLE AS after
  FOR EACH STATEMENT EXECUTE FUNCTION market_mark_changed();
CREATE TRIGGER market_mined AFTER UPDATE ON mining_run FOR EACH ROW
  WHEN (NEW.state = 'done' AND OLD.state <> 'done') EXECUTE FUNCTION market_mark_everybody();
"""
UNMARK = """
DROP TRIGGER market_mined ON mining_run;
DROP TRIGGER market_changed ON people_customer;
DROP TRIGGER market_gone ON people_customer;
DROP TRIGGER market_made ON people_customer;
DROP FUNCTION market_mark_made, market_mark_changed, market_mark_everybody;
"""


class Migration(migrations.Migration):
    """Protect every table; an individual sees no segment, being in one is the enterprise's own thought."""

    dependencies = [
        ("people", "0004_another_root"),
        ("mining", "0002_protect"),
        ("market", "0003_segments"),
    ]

    operations = [
        Protect("customerlist", desk="SELECT, INSERT, UPDATE", referable=True),
        Protect("customerlisthistory", desk="SELECT, INSERT"),
        Protect("listentry", desk="SELECT, INSERT"),
        Protect("standing"),
        Protect("segmentday"),
        Protect("feature"),
        Protect("happening"),
        Protect("mark", desk="SELECT, INSERT, DELETE", work="SELECT"),
        Protect("ground"),
        Protect("due"),
        Protect("statesince"),
        migrations.RunSQL(MARKS, UNMARK),
    ]
