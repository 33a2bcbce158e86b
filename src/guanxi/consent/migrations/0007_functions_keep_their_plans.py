"""The functions that every question of the gate calls, in plpgsql: it keeps their plans, a function in SQL is planned anew."""

from django.db import migrations

FUNCTIONS = """
CREATE OR REPLACE FUNCTION consent_half_life(_enterprise uuid) RETURNS float8
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = public, pg_temp AS $$
BEGIN
  RETURN coalesce((SELECT half_life_days FROM consent_policy WHERE enterprise_id = _enterprise), 45);
END $$;
CREATE OR REPLACE FUNCTION consent_elsewhere(_persons uuid[], _now timestamptz)
RETURNS TABLE (person_id uuid, load float8)
LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER SET search_path = public, pg_temp ROWS 10 AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  SELECT known.person_id, sum(consent_decayed(there.load, there.as_of, _now, consent_half_life(there.enterprise_id)))
    FROM (SELECT DISTINCT claim.person_id FROM people_claim AS claim
           WHERE claim.person_id = ANY(_persons) AND claim.enterprise_id = core_tenant()) AS known
    JOIN people_claim AS other ON other.person_id = known.person_id AND other.enterprise_id <> core_tenant()
    JOIN consent_pressure AS there ON there.customer_id = other.customer_id
   GROUP BY known.person_id;
END $$;
"""


class Migration(migrations.Migration):
    """Replace two functions by quicker ones of the same meaning."""

    dependencies = [("consent", "0006_protect_between")]

    operations = [migrations.RunSQL(FUNCTIONS, migrations.RunSQL.noop)]
