"""What was set aside is forgotten whole: the message, and every former state of it that the history keeps."""

from django.db import migrations

# The application role may read and write history and not delete it: this one deed is the owner's, for one tenant's
# messages that are old enough, and nothing else. Deleting writes history, so that goes last.
FORGET = """
CREATE FUNCTION touch_forget_aside(_days integer, _limit integer) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  until constant timestamptz := now() - make_interval(days => _days);
  refused bigint;
  poisonous bigint;
BEGIN
  IF core_tenant() IS NULL OR _days < 1 THEN
    RAISE EXCEPTION 'a tenancy and at least one day are needed' USING ERRCODE = 'insufficient_privilege';
  END IF;
  DELETE FROM touch_quarantined WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM touch_quarantined WHERE enterprise_id = core_tenant() AND received_at < until LIMIT _limit));
  GET DIAGNOSTICS refused = ROW_COUNT;
  DELETE FROM touch_poison WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM touch_poison WHERE enterprise_id = core_tenant() AND received_at < until LIMIT _limit));
  GET DIAGNOSTICS poisonous = ROW_COUNT;
  DELETE FROM touch_quarantinedhistory WHERE enterprise_id = core_tenant() AND received_at < until;
  DELETE FROM touch_poisonhistory WHERE enterprise_id = core_tenant() AND received_at < until;
  RETURN refused + poisonous;
END $$;
REVOKE ALL ON FUNCTION touch_forget_aside(integer, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION touch_forget_aside(integer, integer) TO guanxi_desk;
"""


class Migration(migrations.Migration):
    """One function."""

    dependencies = [("touch", "0002_inbox")]

    operations = [
        migrations.RunSQL(FORGET, "DROP FUNCTION touch_forget_aside(integer, integer)"),
    ]
