"""Row security between individuals, and the one question that may be asked about another's permission."""

from django.db import migrations

from guanxi.core.protect import Protect

# Who asks learns the terms for one receiver, purpose and channel: of a person only their own.
BETWEEN = """
CREATE FUNCTION consent_between(_giver uuid, _receiver_kind text, _receiver uuid, _purpose text, _channel text,
                                _now timestamptz)
RETURNS TABLE (strength smallint, channel_limit smallint, quiet_from time, quiet_to time, zone text,
               weekly_cap smallint, paused_until timestamptz, ends_at timestamptz, contacted timestamptz[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp ROWS 1 AS $$
  SELECT base.strength, closed.strength, base.quiet_from, base.quiet_to, base.zone::text, base.weekly_cap,
         base.paused_until, base.ends_at,
         ARRAY(SELECT asked_at FROM consent_verdictbetween AS verdict
                WHERE verdict.giver_id = _giver AND verdict.receiver_kind = _receiver_kind
                  AND verdict.receiver_id = _receiver AND verdict.purpose = _purpose AND verdict.outcome = 'allow'
                  AND verdict.asked_at > _now - interval '7 days' AND verdict.asked_at <= _now ORDER BY asked_at)
    FROM consent_permission AS base
    LEFT JOIN consent_permission AS closed ON closed.enterprise_id IS NULL AND closed.giver_kind = 'person'
      AND closed.giver_id = base.giver_id AND closed.receiver_kind = base.receiver_kind
      AND closed.receiver_id = base.receiver_id AND closed.purpose = base.purpose
      AND closed.channel = _channel AND _channel <> ''
   WHERE base.enterprise_id IS NULL AND base.giver_kind = 'person' AND base.giver_id = _giver
     AND base.receiver_kind = _receiver_kind AND base.receiver_id = _receiver AND base.purpose = _purpose
     AND base.channel = '' AND core_person() IS NOT NULL
     AND (_receiver_kind IN ('circle', 'community') OR (_receiver_kind = 'person' AND _receiver = core_person()))
$$;
REVOKE ALL ON FUNCTION consent_between(uuid, text, uuid, text, text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION consent_between(uuid, text, uuid, text, text, timestamptz) TO guanxi_self;
"""


class Migration(migrations.Migration):
    """Protect the answers between individuals: read by both, written by the one who asks."""

    dependencies = [("consent", "0005_between")]

    operations = [
        Protect("verdictbetween", desk=""),
        migrations.RunSQL(
            """
            GRANT SELECT, INSERT ON consent_verdictbetween TO guanxi_self;
            CREATE POLICY guanxi_self_reads ON consent_verdictbetween FOR SELECT TO guanxi_self
              USING (giver_id = core_person() OR asked_by_id = core_person());
            CREATE POLICY guanxi_self_asks ON consent_verdictbetween FOR INSERT TO guanxi_self
              WITH CHECK (asked_by_id = core_person() AND giver_id <> core_person()
                          AND (receiver_kind <> 'person' OR receiver_id = core_person()));
            """,
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(BETWEEN, migrations.RunSQL.noop),
    ]
