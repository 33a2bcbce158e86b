import django.db.models.deletion
import django.db.models.functions.comparison
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import guanxi.core.audit
import guanxi.core.identity


class Migration(migrations.Migration):
    dependencies = [
        ("consent", "0002_protect"),
        ("core", "0005_ledger"),
        ("people", "0004_another_root"),
    ]

    operations = [
        migrations.CreateModel(
            name="LegalBasis",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=guanxi.core.identity.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("service", "Service"),
                            ("orders", "Orders"),
                            ("news", "News"),
                            ("offers", "Offers"),
                            ("research", "Research"),
                            ("community", "Community"),
                            ("recognition", "Recognition"),
                            ("learning", "Learning"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "basis",
                    models.CharField(
                        choices=[("contract", "Contract"), ("duty", "Legal duty")], max_length=10
                    ),
                ),
                ("words", models.CharField(max_length=500)),
                ("since", models.DateTimeField()),
                ("stated_by", models.CharField(max_length=60)),
                ("stated_at", models.DateTimeField()),
                ("ended_by", models.CharField(default="", max_length=60)),
                ("ended_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="LegalBasisHistory",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                (
                    "changed_by",
                    models.TextField(
                        db_default=django.db.models.functions.comparison.Coalesce(
                            guanxi.core.audit._Setting(models.Value("app.actor"), models.Value(True)),
                            models.Value(""),
                        ),
                        help_text="staff:…, person:… or process:…",
                    ),
                ),
                (
                    "request_id",
                    models.TextField(
                        db_default=django.db.models.functions.comparison.Coalesce(
                            guanxi.core.audit._Setting(models.Value("app.request"), models.Value(True)),
                            models.Value(""),
                        )
                    ),
                ),
                (
                    "id",
                    models.UUIDField(default=guanxi.core.identity.new_id, editable=False, serialize=False),
                ),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("service", "Service"),
                            ("orders", "Orders"),
                            ("news", "News"),
                            ("offers", "Offers"),
                            ("research", "Research"),
                            ("community", "Community"),
                            ("recognition", "Recognition"),
                            ("learning", "Learning"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "basis",
                    models.CharField(
                        choices=[("contract", "Contract"), ("duty", "Legal duty")], max_length=10
                    ),
                ),
                ("words", models.CharField(max_length=500)),
                ("since", models.DateTimeField()),
                ("stated_by", models.CharField(max_length=60)),
                ("stated_at", models.DateTimeField()),
                ("ended_by", models.CharField(default="", max_length=60)),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Policy",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=guanxi.core.identity.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("pressure_limit", models.FloatField(default=0.5, verbose_name="limit of contact pressure")),
                ("half_life_days", models.FloatField(default=45.0, verbose_name="half-life in days")),
                ("weights", models.JSONField(default=dict, verbose_name="weight of one contact")),
                (
                    "weekly_cap",
                    models.SmallIntegerField(
                        null=True, verbose_name="contacts a week where the customer named no number"
                    ),
                ),
                ("quiet_from", models.TimeField(null=True, verbose_name="quiet from")),
                ("quiet_to", models.TimeField(null=True, verbose_name="quiet to")),
                ("zone", models.CharField(default="UTC", max_length=64)),
                ("least", models.JSONField(default=dict, verbose_name="least strength")),
                ("changed_by", models.CharField(max_length=60)),
                ("changed_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="PolicyHistory",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                (
                    "request_id",
                    models.TextField(
                        db_default=django.db.models.functions.comparison.Coalesce(
                            guanxi.core.audit._Setting(models.Value("app.request"), models.Value(True)),
                            models.Value(""),
                        )
                    ),
                ),
                (
                    "id",
                    models.UUIDField(default=guanxi.core.identity.new_id, editable=False, serialize=False),
                ),
                ("pressure_limit", models.FloatField(default=0.5, verbose_name="limit of contact pressure")),
                ("half_life_days", models.FloatField(default=45.0, verbose_name="half-life in days")),
                ("weights", models.JSONField(default=dict, verbose_name="weight of one contact")),
                (
                    "weekly_cap",
                    models.SmallIntegerField(
                        null=True, verbose_name="contacts a week where the customer named no number"
                    ),
                ),
                ("quiet_from", models.TimeField(null=True, verbose_name="quiet from")),
                ("quiet_to", models.TimeField(null=True, verbose_name="quiet to")),
                ("zone", models.CharField(default="UTC", max_length=64)),
                ("least", models.JSONField(default=dict, verbose_name="least strength")),
                ("changed_by", models.CharField(max_length=60)),
                ("changed_at", models.DateTimeField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Pressure",
            fields=[
                (
                    "customer",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="people.customer",
                    ),
                ),
                ("load", models.FloatField()),
                ("as_of", models.DateTimeField()),
                ("contacts", models.IntegerField(default=0)),
                ("answered", models.IntegerField(default=0)),
                ("refused", models.IntegerField(default=0)),
            ],
        ),
        migrations.AddField(
            model_name="contact",
            name="load",
            field=models.FloatField(db_default=0.0, default=0.0),
        ),
        migrations.AddField(
            model_name="contact",
            name="response",
            field=models.CharField(
                blank=True,
                choices=[("answered", "Answered"), ("refused", "Refused")],
                db_default="",
                default="",
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="verdict",
            name="reason",
            field=models.CharField(
                choices=[
                    ("permitted", "Permitted"),
                    ("notice", "A notice that law or contract demands"),
                    ("no_permission", "Nothing was permitted for this purpose"),
                    ("strength_too_low", "The permission is not strong enough"),
                    ("permission_ended", "The permission has ended"),
                    ("channel_not_permitted", "Not by this channel"),
                    ("no_open_matter", "No matter is open to which this would be an answer"),
                    ("on_hold", "Something is open that has to be settled first"),
                    ("left_alone", "In the group that is left alone for comparison"),
                    ("paused", "The customer has asked for a pause"),
                    ("weekly_cap", "Contacted as often this week as was permitted"),
                    ("quiet_hours", "Quiet hours where the customer is"),
                    ("legal_contract", "A contract with the customer demands it"),
                    ("legal_duty", "A law demands it"),
                    ("contact_pressure", "Contacted too much lately"),
                    ("enterprise_cap", "Contacted as often this week as we allow ourselves"),
                    ("enterprise_quiet_hours", "Our own quiet hours"),
                ],
                max_length=24,
            ),
        ),
        migrations.AddConstraint(
            model_name="contact",
            constraint=models.UniqueConstraint(
                condition=models.Q(("response", ""), _negated=True),
                fields=("enterprise", "answers"),
                name="consent_contact_response_once",
            ),
        ),
        migrations.AddField(
            model_name="legalbasis",
            name="enterprise",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="core.enterprise",
            ),
        ),
        migrations.AddField(
            model_name="legalbasishistory",
            name="enterprise",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="core.enterprise",
            ),
        ),
        migrations.AddField(
            model_name="legalbasishistory",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="consent.legalbasis",
            ),
        ),
        migrations.AddField(
            model_name="policy",
            name="enterprise",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="core.enterprise",
            ),
        ),
        migrations.AddField(
            model_name="policyhistory",
            name="enterprise",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="core.enterprise",
            ),
        ),
        migrations.AddField(
            model_name="policyhistory",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="consent.policy",
            ),
        ),
        migrations.AddField(
            model_name="pressure",
            name="enterprise",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="core.enterprise",
            ),
        ),
        migrations.AddConstraint(
            model_name="legalbasis",
            constraint=models.CheckConstraint(
                condition=models.Q(("purpose__in", ["orders", "service"])), name="consent_basis_serves"
            ),
        ),
        migrations.AddConstraint(
            model_name="legalbasis",
            constraint=models.CheckConstraint(
                condition=models.Q(("basis__in", ["contract", "duty"])), name="consent_basis_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="legalbasis",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("enterprise", "purpose"),
                name="consent_basis_once",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="legalbasis",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "consent_legalbasishistory" ("basis", "ended_at", "ended_by", "enterprise_id", "id", "pgh_created_at", "pgh_label", "pgh_obj_id", "purpose", "since", "stated_at", "stated_by", "words") VALUES (OLD."basis", OLD."ended_at", OLD."ended_by", OLD."enterprise_id", OLD."id", NOW(), \'update\', OLD."id", OLD."purpose", OLD."since", OLD."stated_at", OLD."stated_by", OLD."words"); RETURN NULL;',
                    hash="080d4cde1ffe751695d37a94d336f8b172e216e4",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_ae7bc",
                    table="consent_legalbasis",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="legalbasis",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "consent_legalbasishistory" ("basis", "ended_at", "ended_by", "enterprise_id", "id", "pgh_created_at", "pgh_label", "pgh_obj_id", "purpose", "since", "stated_at", "stated_by", "words") VALUES (OLD."basis", OLD."ended_at", OLD."ended_by", OLD."enterprise_id", OLD."id", NOW(), \'delete\', OLD."id", OLD."purpose", OLD."since", OLD."stated_at", OLD."stated_by", OLD."words"); RETURN NULL;',
                    hash="4e5500fbcd596399708a084adb21a4b71206a0dd",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_ba4e0",
                    table="consent_legalbasis",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="legalbasishistory",
            index=models.Index(fields=["pgh_obj", "pgh_id"], name="consent_leg_pgh_obj_1aea27_idx"),
        ),
        migrations.AddConstraint(
            model_name="policy",
            constraint=models.UniqueConstraint(fields=("enterprise",), name="consent_policy_once"),
        ),
        migrations.AddConstraint(
            model_name="policy",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("half_life_days__gte", 1), ("half_life_days__lte", 730), ("pressure_limit__gte", 0)
                ),
                name="consent_policy_pressure",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="policy",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "consent_policyhistory" ("changed_at", "changed_by", "enterprise_id", "half_life_days", "id", "least", "pgh_created_at", "pgh_label", "pgh_obj_id", "pressure_limit", "quiet_from", "quiet_to", "weekly_cap", "weights", "zone") VALUES (OLD."changed_at", OLD."changed_by", OLD."enterprise_id", OLD."half_life_days", OLD."id", OLD."least", NOW(), \'update\', OLD."id", OLD."pressure_limit", OLD."quiet_from", OLD."quiet_to", OLD."weekly_cap", OLD."weights", OLD."zone"); RETURN NULL;',
                    hash="31e760347c02f580588ddc877761d2766faa2046",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_e7d5d",
                    table="consent_policy",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="policy",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "consent_policyhistory" ("changed_at", "changed_by", "enterprise_id", "half_life_days", "id", "least", "pgh_created_at", "pgh_label", "pgh_obj_id", "pressure_limit", "quiet_from", "quiet_to", "weekly_cap", "weights", "zone") VALUES (OLD."changed_at", OLD."changed_by", OLD."enterprise_id", OLD."half_life_days", OLD."id", OLD."least", NOW(), \'delete\', OLD."id", OLD."pressure_limit", OLD."quiet_from", OLD."quiet_to", OLD."weekly_cap", OLD."weights", OLD."zone"); RETURN NULL;',
                    hash="5bb9110d48ff448e2012eb89afcfcd878bb32ab7",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_1caff",
                    table="consent_policy",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="policyhistory",
            index=models.Index(fields=["pgh_obj", "pgh_id"], name="consent_pol_pgh_obj_026a64_idx"),
        ),
        migrations.AddIndex(
            model_name="pressure",
            index=models.Index(fields=["enterprise", "-load"], name="consent_pressure_most"),
        ),
    ]
