"""Row security of people, the search function, and the one way in which a relation is proved."""

from django.db import migrations

from guanxi.core.protect import Protect

# What an individual sees at the front door: the records they have proved to be theirs.
OWN = "(SELECT customer_id FROM people_claim WHERE person_id = core_person())"

# Row security keeps GIN indexes from being used (TRAPS §1). The function looks in one tenant's rows, gives ids and nothing
# else, and what it gave is read again under policy and visibility. Planned anew at each call: 张 is common, 仉 is not.
SEARCH = """
CREATE FUNCTION people_search(_grams bigint[], _whole bigint, _limit integer) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp ROWS 200 AS $$
BEGIN
  RETURN QUERY EXECUTE
    'SELECT DISTINCT found.root_id FROM (
       (SELECT root_id FROM people_customer
         WHERE enterprise_id = $4 AND grams @> ARRAY[$2] LIMIT $3)
       UNION ALL
       (SELECT root_id FROM people_customer
         WHERE enterprise_id = $4 AND grams @> $1 LIMIT $3)) AS found LIMIT $3'
    USING _grams, _whole, _limit, core_tenant();
END $$;
REVOKE ALL ON FUNCTION people_search(bigint[], bigint, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION people_search(bigint[], bigint, integer) TO guanxi_desk;
"""

# A person proves an identifier (its digests, one for each enterprise: they are keyed, so nobody can guess one) and becomes
# related to the record it points at. The person is the one of the tenancy, never an argument.
CLAIM = """
CREATE FUNCTION people_claim(
  _ids uuid[], _enterprises uuid[], _digests bytea[], _kind text, _proved_by text, _now timestamptz
) RETURNS TABLE (enterprise uuid, customer uuid)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF core_person() IS NULL THEN
    RAISE EXCEPTION 'only a person can claim' USING ERRCODE = 'insufficient_privilege';
  END IF;
  INSERT INTO people_person (account_id, joined_at) VALUES (core_person(), _now) ON CONFLICT DO NOTHING;
  RETURN QUERY
    INSERT INTO people_claim (id, enterprise_id, person_id, customer_id, proved_by, proved_at)
    SELECT asked.id, asked.enterprise_id, core_person(), known.customer_id, _proved_by, _now
      FROM unnest(_ids, _enterprises, _digests) AS asked (id, enterprise_id, digest)
      JOIN people_identifier AS known
        ON known.enterprise_id = asked.enterprise_id AND known.kind = _kind AND known.digest = asked.digest
    ON CONFLICT (person_id, customer_id) DO NOTHING
    RETURNING people_claim.enterprise_id, people_claim.customer_id;
  UPDATE people_identifier AS known SET verified_at = coalesce(known.verified_at, _now)
    FROM unnest(_enterprises, _digests) AS asked (enterprise_id, digest)
   WHERE known.enterprise_id = asked.enterprise_id AND known.kind = _kind AND known.digest = asked.digest;
END $$;
REVOKE ALL ON FUNCTION people_claim(uuid[], uuid[], bytea[], text, text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION people_claim(uuid[], uuid[], bytea[], text, text, timestamptz) TO guanxi_self;
"""

# An individual opens the seals and reads the log of their own records.
OWN_SEALS_AND_LOG = f"""
GRANT SELECT ON core_subjectkey, core_event TO guanxi_self;
CREATE POLICY guanxi_self ON core_subjectkey FOR SELECT TO guanxi_self USING (subject_id IN {OWN});
CREATE POLICY guanxi_self ON core_event FOR SELECT TO guanxi_self USING (customer_id IN {OWN});
"""

HISTORIES = ("customer", "identifier", "customfield", "merge", "pair", "matchrule")


class Migration(migrations.Migration):
    """Protect every table; functions last, because they name the tables."""

    dependencies = [("core", "0002_ground"), ("people", "0001_initial")]

    operations = [
        Protect("person", desk="", self_grant="SELECT", self_rows="account_id = core_person()"),
        Protect("customer", self_grant="SELECT", self_rows=f"id IN {OWN}", referable=True),
        Protect("claim", desk="SELECT", self_grant="SELECT", self_rows="person_id = core_person()"),
        Protect("profile", self_grant="SELECT", self_rows=f"customer_id IN {OWN}"),
        Protect("identifier", self_grant="SELECT", self_rows=f"customer_id IN {OWN}"),
        Protect(
            "customfield",
            desk="SELECT, INSERT, UPDATE",
            self_grant="SELECT",
            self_rows="enterprise_id IN (SELECT enterprise_id FROM people_claim WHERE person_id = core_person())",
        ),
        Protect("merge", desk="SELECT, INSERT, UPDATE", referable=True),
        Protect("pair", desk="SELECT, INSERT, UPDATE"),
        Protect("matchrule"),
        *(Protect(f"{name}history", desk="SELECT, INSERT") for name in HISTORIES),
        migrations.RunSQL(OWN_SEALS_AND_LOG, migrations.RunSQL.noop),
        migrations.RunSQL(SEARCH, "DROP FUNCTION people_search(bigint[], bigint, integer)"),
        migrations.RunSQL(
            CLAIM,
            "DROP FUNCTION people_claim(uuid[], uuid[], bytea[], text, text, timestamptz)",
        ),
    ]
