"""The protection of the outgoing half: no message in the outbox without a verdict that allows it."""

from django.db import migrations

from guanxi.core.protect import Protect

APPEND = "SELECT, INSERT"
OWN = "customer_id IN (SELECT customer_id FROM people_claim WHERE person_id = core_person())"
# Set-wise at insertion, because a campaign puts in thousands; row by row where the gate is asked again.
ALLOWED = """
CREATE FUNCTION touch_outbox_refuse(_message uuid, _verdict uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'message % has no verdict that allows it to this customer, for this purpose, by this channel (%)',
    _message, _verdict USING ERRCODE = 'check_violation', CONSTRAINT = 'touch_outbox_allowed';
END $$;

CREATE FUNCTION touch_outbox_allows(_enterprise uuid, _verdict uuid, _customer uuid, _channel text, _purpose text)
RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM consent_verdict v WHERE v.enterprise_id = _enterprise AND v.id = _verdict
    AND v.outcome = 'allow' AND v.kind = 'contact' AND v.channel = _channel AND v.purpose = _purpose
    AND _customer = ANY(v.record_ids)) $$;

CREATE FUNCTION touch_outbox_entered() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  wrong record;
BEGIN
  SELECT f.message_id, f.verdict_id INTO wrong FROM fresh f
    LEFT JOIN consent_verdict v ON v.enterprise_id = f.enterprise_id AND v.id = f.verdict_id
      AND v.outcome = 'allow' AND v.kind = 'contact' AND v.channel = f.channel AND v.purpose = f.purpose
      AND f.customer_id = ANY(v.record_ids)
    LEFT JOIN touch_message m ON m.enterprise_id = f.enterprise_id AND m.id = f.message_id
      AND m.customer_id = f.customer_id AND m.channel = f.channel AND m.purpose = f.purpose AND m.needs <= v.needs
    WHERE v.id IS NULL OR m.id IS NULL LIMIT 1;
  IF FOUND THEN
    PERFORM touch_outbox_refuse(wrong.message_id, wrong.verdict_id);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER touch_outbox_entered AFTER INSERT ON touch_outbox REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION touch_outbox_entered();

CREATE FUNCTION touch_outbox_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.message_id, NEW.enterprise_id, NEW.customer_id, NEW.channel, NEW.purpose)
     IS DISTINCT FROM (OLD.message_id, OLD.enterprise_id, OLD.customer_id, OLD.channel, OLD.purpose)
     OR NOT touch_outbox_allows(NEW.enterprise_id, NEW.verdict_id, NEW.customer_id, NEW.channel, NEW.purpose) THEN
    PERFORM touch_outbox_refuse(NEW.message_id, NEW.verdict_id);
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER touch_outbox_changed
  BEFORE UPDATE OF message_id, enterprise_id, customer_id, channel, purpose, verdict_id ON touch_outbox
  FOR EACH ROW EXECUTE FUNCTION touch_outbox_changed();
"""


class Migration(migrations.Migration):
    """Policies, grants and the guard of the outbox."""

    dependencies = [
        ("touch", "0004_outgoing"),
        ("consent", "0004_protect_pressure"),
        ("people", "0002_protect"),
    ]

    operations = [
        Protect("template", desk="SELECT, INSERT, UPDATE", referable=True),
        Protect("templatehistory", desk=APPEND),
        Protect("version", desk=APPEND, referable=True),
        Protect("account", desk="SELECT, INSERT, UPDATE", work="SELECT"),
        Protect("accounthistory", desk=APPEND),
        Protect("health", desk="SELECT, INSERT, UPDATE", work="SELECT"),
        Protect("message", desk=APPEND, referable=True),
        Protect("outbox", work="SELECT"),
        Protect("waiting", work="SELECT"),
        Protect("attempt", desk=APPEND),
        Protect("report", desk=APPEND),
        Protect("undeliverable", desk="SELECT, INSERT, DELETE"),
        Protect("letter", self_grant="SELECT, UPDATE", self_rows=OWN),
        migrations.RunSQL(ALLOWED, migrations.RunSQL.noop),
    ]
