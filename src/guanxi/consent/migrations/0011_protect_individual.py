"""Row security of the individual's side, whose an alias is, and the count that standing is computed from."""

from django.db import migrations

from guanxi.core.protect import Protect

OWN = "(SELECT customer_id FROM people_claim WHERE person_id = core_person())"
ABOUT_ME = f"customer_id IN {OWN}"
MINE = f"person_id = core_person() AND {ABOUT_ME}"

# What comes in names an address and nothing else: whose it is, is asked before any tenant is known.
ALIAS_OF = """
CREATE FUNCTION consent_alias_of(_digest bytea) RETURNS TABLE (alias uuid, enterprise uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$ SELECT id, enterprise_id FROM consent_alias WHERE digest = _digest $$;
REVOKE ALL ON FUNCTION consent_alias_of(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION consent_alias_of(bytea) TO guanxi_app, guanxi_desk;
"""

# No figure is an argument: whoever calls it can have the count made, and cannot change what it says.
# The load of a customer is that of field/models.md §17: a third for a call, a quarter for a message, a tenth for a
# letter, halved every 45 days; what was asked for, service and orders do not press.
STANDING = """
CREATE FUNCTION consent_keep_standing(_now timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE house uuid := core_tenant(); since timestamptz := _now - interval '90 days';
BEGIN
  IF house IS NULL THEN
    RAISE EXCEPTION 'standing is counted inside an enterprise' USING ERRCODE = 'insufficient_privilege';
  END IF;
  INSERT INTO consent_standing (enterprise_id, day, counted_at, matters, matters_kept, holds, holds_mended, contacted,
                                pressed, contacts, asked, refused, reports, leaks)
  SELECT house, (_now AT TIME ZONE 'UTC')::date, now(), matter.n, matter.kept, hold.n, hold.mended, load.n, load.pressed,
         contact.n, verdict.n, verdict.refused, report.n, leak.n
  FROM
    (SELECT count(*) AS n, count(*) FILTER (WHERE closed_at <= opened_at + interval '7 days') AS kept
       FROM consent_matter WHERE enterprise_id = house AND opened_at > since AND opened_at <= _now
        AND (closed_at IS NOT NULL OR opened_at < _now - interval '7 days')) AS matter,
    (SELECT count(*) AS n, count(*) FILTER (WHERE lifted_at <= placed_at + interval '14 days') AS mended
       FROM consent_hold WHERE enterprise_id = house AND placed_at > since AND placed_at <= _now
        AND (lifted_at IS NOT NULL OR placed_at < _now - interval '14 days')) AS hold,
    (SELECT count(*) AS n, count(*) FILTER (WHERE load > 1) AS pressed FROM (
       SELECT c.customer_id, sum((CASE c.channel WHEN 'phone' THEN 1.0 / 3 WHEN 'post' THEN 0.1 WHEN 'display' THEN 0.125
                                  ELSE 0.25 END) * power(0.5, extract(epoch FROM _now - c.happened_at) / 3888000.0)) AS load
         FROM consent_contact c JOIN consent_verdict v ON v.enterprise_id = c.enterprise_id AND v.id = c.verdict_id
        WHERE c.enterprise_id = house AND c.direction = 'out' AND c.happened_at > since AND c.happened_at <= _now
          AND NOT v.asked_for AND c.purpose NOT IN ('service', 'orders')
        GROUP BY c.customer_id) AS each) AS load,
    (SELECT count(*) AS n FROM consent_contact
      WHERE enterprise_id = house AND direction = 'out' AND happened_at > since AND happened_at <= _now) AS contact,
    (SELECT count(*) AS n, count(*) FILTER (WHERE outcome = 'deny') AS refused FROM consent_verdict
      WHERE enterprise_id = house AND kind = 'contact' AND asked_at > since AND asked_at <= _now
        AND reason <> 'left_alone') AS verdict,
    (SELECT count(*) AS n FROM consent_report
      WHERE enterprise_id = house AND reported_at > since AND reported_at <= _now) AS report,
    (SELECT count(DISTINCT alias_id) AS n FROM consent_arrival
      WHERE enterprise_id = house AND outcome = 'leak' AND arrived_at > since AND arrived_at <= _now) AS leak
  ON CONFLICT (enterprise_id, day) DO UPDATE SET
    counted_at = excluded.counted_at, matters = excluded.matters, matters_kept = excluded.matters_kept,
    holds = excluded.holds, holds_mended = excluded.holds_mended, contacted = excluded.contacted,
    pressed = excluded.pressed, contacts = excluded.contacts, asked = excluded.asked, refused = excluded.refused,
    reports = excluded.reports, leaks = excluded.leaks;
END $$;
REVOKE ALL ON FUNCTION consent_keep_standing(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION consent_keep_standing(timestamptz) TO guanxi_desk;
"""


class Migration(migrations.Migration):
    """Protect every table; functions last, because they name the tables."""

    dependencies = [("people", "0006_protect_disputes"), ("consent", "0010_individual")]

    operations = [
        Protect("receipt", desk="SELECT, INSERT", self_grant="SELECT", self_rows=ABOUT_ME),
        Protect("signal", desk="SELECT", self_grant="SELECT, INSERT", self_rows="person_id = core_person()"),
        Protect("alias", desk="SELECT", self_grant="SELECT, INSERT, UPDATE", self_rows=MINE, referable=True),
        Protect("aliashistory", desk="SELECT", self_grant="INSERT", self_rows=MINE),
        Protect("arrival", desk="SELECT, INSERT", self_grant="SELECT", self_rows=ABOUT_ME),
        Protect("sender", desk="SELECT, INSERT, UPDATE, DELETE"),
        Protect("senderhistory", desk="SELECT, INSERT"),
        Protect("report", desk="SELECT", self_grant="SELECT, INSERT", self_rows=MINE),
        # What an enterprise's standing is, every individual sees.
        Protect("standing", desk="SELECT", self_grant="SELECT", self_rows="true"),
        migrations.RunSQL(ALIAS_OF, "DROP FUNCTION consent_alias_of(bytea)"),
        migrations.RunSQL(STANDING, "DROP FUNCTION consent_keep_standing(timestamptz)"),
    ]
