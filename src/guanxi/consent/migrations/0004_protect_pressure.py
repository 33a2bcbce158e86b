"""Row security of pressure, policy and legal bases; the trigger that keeps the pressure; contacts need their verdict."""

from django.db import migrations

from guanxi.core.protect import Protect

OWN = "(SELECT customer_id FROM people_claim WHERE person_id = core_person())"
# What the enterprises of one's relations allow themselves, and what they stand on.
MINE = "enterprise_id IN (SELECT enterprise_id FROM people_claim WHERE person_id = core_person())"

DECAYED = """
CREATE FUNCTION consent_decayed(_load float8, _as_of timestamptz, _now timestamptz, _half_life float8) RETURNS float8
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT _load * power(2::float8, -greatest(0, extract(epoch FROM _now - _as_of)::float8) / 86400 / _half_life)
$$;
CREATE FUNCTION consent_half_life(_enterprise uuid) RETURNS float8
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = public, pg_temp AS $$
  SELECT coalesce((SELECT half_life_days FROM consent_policy WHERE enterprise_id = _enterprise), 45)
$$;
"""

# A person's load at all other enterprises, one number; only about those who stand behind a customer of the asking one.
ELSEWHERE = """
CREATE FUNCTION consent_elsewhere(_persons uuid[], _now timestamptz) RETURNS TABLE (person_id uuid, load float8)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp ROWS 10 AS $$
  SELECT known.person_id, sum(consent_decayed(there.load, there.as_of, _now, consent_half_life(there.enterprise_id)))
    FROM (SELECT DISTINCT claim.person_id FROM people_claim AS claim
           WHERE claim.person_id = ANY(_persons) AND claim.enterprise_id = core_tenant()) AS known
    JOIN people_claim AS other ON other.person_id = known.person_id AND other.enterprise_id <> core_tenant()
    JOIN consent_pressure AS there ON there.customer_id = other.customer_id
   GROUP BY known.person_id
$$;
REVOKE ALL ON FUNCTION consent_elsewhere(uuid[], timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION consent_elsewhere(uuid[], timestamptz) TO guanxi_desk;
"""

PRESS = """
CREATE FUNCTION consent_press() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO consent_pressure AS kept (customer_id, enterprise_id, load, as_of, contacts, answered, refused)
  SELECT customer_id, enterprise_id, sum(consent_decayed(load, happened_at, newest, half_life)), newest,
         count(*) FILTER (WHERE response = ''), count(*) FILTER (WHERE response = 'answered'),
         count(*) FILTER (WHERE response = 'refused')
    FROM (SELECT *, max(happened_at) OVER (PARTITION BY customer_id) AS newest,
                 consent_half_life(enterprise_id) AS half_life
            FROM added WHERE load <> 0) AS counted
   GROUP BY customer_id, enterprise_id, newest ORDER BY customer_id
  ON CONFLICT (customer_id) DO UPDATE SET
    load = greatest(0, consent_decayed(kept.load, kept.as_of, greatest(kept.as_of, excluded.as_of),
                                       consent_half_life(kept.enterprise_id))
                     + consent_decayed(excluded.load, excluded.as_of, greatest(kept.as_of, excluded.as_of),
                                       consent_half_life(kept.enterprise_id))),
    as_of = greatest(kept.as_of, excluded.as_of),
    contacts = kept.contacts + excluded.contacts,
    answered = kept.answered + excluded.answered,
    refused = kept.refused + excluded.refused;
  RETURN NULL;
END $$;
CREATE TRIGGER consent_contact_presses AFTER INSERT ON consent_contact
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION consent_press();
"""

STANDS = """
CREATE FUNCTION consent_stands() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM consent_verdict AS verdict
     WHERE verdict.id = NEW.verdict_id AND verdict.enterprise_id = NEW.enterprise_id
       AND verdict.kind = 'contact' AND verdict.outcome = 'allow' AND verdict.customer_id = NEW.customer_id
       AND verdict.purpose = NEW.purpose AND verdict.channel = NEW.channel)
  THEN
    RAISE EXCEPTION 'no verdict allows this contact' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'consent_contact_stands', TABLE = 'consent_contact';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER consent_contact_stands BEFORE INSERT ON consent_contact
  FOR EACH ROW WHEN (NEW.direction = 'out') EXECUTE FUNCTION consent_stands();
"""


class Migration(migrations.Migration):
    """Protect the tables, then the functions and triggers that stand on them."""

    dependencies = [("consent", "0003_pressure_and_policy")]

    operations = [
        Protect(
            "pressure", desk="SELECT, INSERT, UPDATE", self_grant="SELECT", self_rows=f"customer_id IN {OWN}"
        ),
        Protect("policy", desk="SELECT, INSERT, UPDATE", self_grant="SELECT", self_rows=MINE),
        Protect("policyhistory", desk="SELECT, INSERT"),
        Protect("legalbasis", desk="SELECT, INSERT, UPDATE", self_grant="SELECT", self_rows=MINE),
        Protect("legalbasishistory", desk="SELECT, INSERT"),
        migrations.RunSQL(DECAYED, migrations.RunSQL.noop),
        migrations.RunSQL(ELSEWHERE, migrations.RunSQL.noop),
        migrations.RunSQL(PRESS, migrations.RunSQL.noop),
        migrations.RunSQL(STANDS, migrations.RunSQL.noop),
    ]
