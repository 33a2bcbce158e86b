"""Row security of disputes and certificates, who reads the access log, and claiming by a code that staff give."""

from django.db import migrations

from guanxi.core.protect import Protect

OWN = "(SELECT customer_id FROM people_claim WHERE person_id = core_person())"
MINE = f"person_id = core_person() AND customer_id IN {OWN}"

# Where a process went through many customers at once there is no subject: it is told to everybody who has a relation.
OWN_ACCESS = f"""
GRANT SELECT ON core_access TO guanxi_self;
CREATE POLICY guanxi_self ON core_access FOR SELECT TO guanxi_self USING (
  subject_id IN {OWN}
  OR (subject_id IS NULL AND enterprise_id IN (SELECT enterprise_id FROM people_claim WHERE person_id = core_person()))
);
"""

# The code stands for one customer and is used up. The person is the one of the tenancy, never an argument.
CLAIM_CODE = """
CREATE FUNCTION people_claim_code(_id uuid, _hash bytea, _now timestamptz) RETURNS TABLE (enterprise uuid, customer uuid)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE code core_secret%ROWTYPE;
BEGIN
  IF core_person() IS NULL THEN
    RAISE EXCEPTION 'only a person can claim' USING ERRCODE = 'insufficient_privilege';
  END IF;
  UPDATE core_secret SET revoked_at = now()
    WHERE kind = 'claim-code' AND hash = _hash AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
    RETURNING * INTO code;
  IF code.id IS NULL THEN RETURN; END IF;
  INSERT INTO people_person (account_id, joined_at) VALUES (core_person(), _now) ON CONFLICT DO NOTHING;
  RETURN QUERY
    INSERT INTO people_claim (id, enterprise_id, person_id, customer_id, proved_by, proved_at)
    SELECT _id, known.enterprise_id, core_person(), known.id, 'staff-code', _now
      FROM people_customer AS known WHERE known.enterprise_id = code.enterprise_id AND known.id = code.subject_id
    ON CONFLICT (person_id, customer_id) DO NOTHING
    RETURNING people_claim.enterprise_id, people_claim.customer_id;
END $$;
REVOKE ALL ON FUNCTION people_claim_code(uuid, bytea, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION people_claim_code(uuid, bytea, timestamptz) TO guanxi_self;
"""


class Migration(migrations.Migration):
    """Protect every table; the function last, because it names the tables."""

    dependencies = [("core", "0007_protect_access"), ("people", "0005_disputes")]

    operations = [
        # Staff answer; they do not speak in a person's name.
        Protect("dispute", desk="SELECT, UPDATE", self_grant="SELECT, INSERT", self_rows=MINE),
        Protect("disputehistory", desk="SELECT, INSERT"),
        Protect("erasure", desk="SELECT, INSERT", self_grant="SELECT", self_rows="person_id = core_person()"),
        migrations.RunSQL(
            OWN_ACCESS,
            "DROP POLICY guanxi_self ON core_access; REVOKE SELECT ON core_access FROM guanxi_self",
        ),
        migrations.RunSQL(CLAIM_CODE, "DROP FUNCTION people_claim_code(uuid, bytea, timestamptz)"),
    ]
