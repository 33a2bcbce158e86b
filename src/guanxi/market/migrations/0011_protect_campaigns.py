"""Row security of campaigns, and the moves that the database allows."""

from django.db import migrations

from guanxi.core.protect import Protect

# A campaign begins as a draft, goes only where `MOVES` says, is not changed once approved and frozen once ended.
MOVES = """
CREATE FUNCTION market_campaign_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'draft' THEN
      RAISE EXCEPTION 'a campaign begins as a draft' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF OLD.state = 'ended' THEN
    RAISE EXCEPTION 'an ended campaign is not changed' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.state <> OLD.state AND (OLD.state || '>' || NEW.state) <> ALL (ARRAY[
    'draft>approved', 'approved>draft', 'approved>running', 'running>paused', 'paused>running', 'running>drained',
    'paused>drained', 'drained>ended']) THEN
    RAISE EXCEPTION 'a campaign does not go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
  END IF;
  IF OLD.state <> 'draft' AND to_jsonb(NEW) - 'state' - 'state_at' <> to_jsonb(OLD) - 'state' - 'state_at' THEN
    RAISE EXCEPTION 'an approved campaign is not changed' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER market_campaign_moves BEFORE INSERT OR UPDATE ON market_campaign
  FOR EACH ROW EXECUTE FUNCTION market_campaign_moves();
"""

# Chance is on record before anything is handed over.
RECORDED = """
CREATE FUNCTION market_portion_recorded() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM market_round WHERE id = NEW.round_id AND enterprise_id = NEW.enterprise_id
                 AND recorded_at IS NOT NULL) THEN
    RAISE EXCEPTION 'the control group is not on record yet' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER market_portion_recorded BEFORE INSERT ON market_portion
  FOR EACH ROW EXECUTE FUNCTION market_portion_recorded();
"""


class Migration(migrations.Migration):
    """Protect every table; an individual sees none of them: what reached them stands in their contact book."""

    dependencies = [("market", "0010_campaigns")]

    operations = [
        Protect("campaign", desk="SELECT, INSERT, UPDATE", referable=True),
        Protect("campaignhistory", desk="SELECT, INSERT"),
        Protect("move", desk="SELECT, INSERT"),
        Protect("round", referable=True),
        Protect("recipient"),
        Protect("portion", desk="SELECT, INSERT"),
        Protect("effect"),
        Protect("simulation"),
        migrations.RunSQL(MOVES, "DROP FUNCTION market_campaign_moves() CASCADE"),
        migrations.RunSQL(RECORDED, "DROP FUNCTION market_portion_recorded() CASCADE"),
    ]
