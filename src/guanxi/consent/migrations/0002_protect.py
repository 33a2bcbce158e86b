"""Row security of consent: an individual reads and changes what is theirs; nobody alters history, verdicts, contacts."""

from django.db import migrations

from guanxi.core.protect import Protect

OWN = "(SELECT customer_id FROM people_claim WHERE person_id = core_person())"
# What a person permits, and what was said for their records before they claimed them.
SAID = (
    f"(giver_kind = 'person' AND giver_id = core_person()) OR (giver_kind = 'customer' AND giver_id IN {OWN})"
)
ABOUT_ME = "record_ids && ARRAY(SELECT customer_id FROM people_claim WHERE person_id = core_person())"


class Migration(migrations.Migration):
    """Protect every table."""

    dependencies = [("people", "0002_protect"), ("trials", "0002_protect"), ("consent", "0001_initial")]

    operations = [
        Protect(
            "permission", desk="SELECT, INSERT, UPDATE", self_grant="SELECT, INSERT, UPDATE", self_rows=SAID
        ),
        Protect("change", desk="SELECT, INSERT", self_grant="SELECT, INSERT", self_rows=SAID),
        # Staff cannot write in a person's name, whatever the code says.
        migrations.RunSQL(
            """
            CREATE POLICY guanxi_desk_gives ON consent_permission AS RESTRICTIVE FOR INSERT TO guanxi_desk
              WITH CHECK (giver_kind = 'customer');
            CREATE POLICY guanxi_desk_changes ON consent_permission AS RESTRICTIVE FOR UPDATE TO guanxi_desk
              USING (giver_kind = 'customer') WITH CHECK (giver_kind = 'customer');
            CREATE POLICY guanxi_desk_gives ON consent_change AS RESTRICTIVE FOR INSERT TO guanxi_desk
              WITH CHECK (giver_kind = 'customer');
            """,
            migrations.RunSQL.noop,
        ),
        Protect("verdict", desk="SELECT, INSERT", self_grant="SELECT", self_rows=ABOUT_ME, referable=True),
        Protect("contact", desk="SELECT, INSERT", self_grant="SELECT", self_rows=ABOUT_ME, referable=True),
        Protect(
            "hold", desk="SELECT, INSERT, UPDATE", self_grant="SELECT", self_rows=f"customer_id IN {OWN}"
        ),
        Protect(
            "matter", desk="SELECT, INSERT, UPDATE", self_grant="SELECT", self_rows=f"customer_id IN {OWN}"
        ),
        Protect("holdhistory", desk="SELECT, INSERT"),
        Protect("matterhistory", desk="SELECT, INSERT"),
    ]
