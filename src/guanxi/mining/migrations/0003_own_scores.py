"""An individual reads what is computed about them, in the words that the front door gives it."""

from typing import ClassVar

from django.db import migrations

OWN = "(SELECT customer_id FROM people_claim WHERE person_id = core_person())"
FORWARDS = f"""
GRANT SELECT ON mining_score, mining_behaviour TO guanxi_self;
CREATE POLICY guanxi_self ON mining_score FOR SELECT TO guanxi_self USING (customer_id IN {OWN});
CREATE POLICY guanxi_self ON mining_behaviour FOR SELECT TO guanxi_self USING (customer_id IN {OWN});
"""
BACKWARDS = """
DROP POLICY guanxi_self ON mining_score;
DROP POLICY guanxi_self ON mining_behaviour;
REVOKE SELECT ON mining_score, mining_behaviour FROM guanxi_self;
"""


class Migration(migrations.Migration):
    """Reading only."""

    dependencies: ClassVar = [("mining", "0002_protect"), ("people", "0002_protect")]

    operations: ClassVar = [migrations.RunSQL(FORWARDS, BACKWARDS)]
