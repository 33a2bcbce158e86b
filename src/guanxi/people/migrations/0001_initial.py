"""The tables of people, as Django sees them; `0002_protect` puts them under row security."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.comparison
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import guanxi.core.audit
import guanxi.core.fields
import guanxi.core.identity
import guanxi.core.sealing


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("core", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Customer",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=guanxi.core.identity.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("person", "Person"), ("firm", "Firm")],
                        default="person",
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("name", guanxi.core.sealing.SealedField(null=True, verbose_name="name")),
                ("label", models.CharField(blank=True, default="", max_length=200, verbose_name="label")),
                (
                    "source_key",
                    models.CharField(blank=True, max_length=200, null=True, verbose_name="source key"),
                ),
                ("identified", models.BooleanField(default=False)),
                ("simulated", models.BooleanField(default=False)),
                ("fields", models.JSONField(default=dict)),
                ("private_fields", guanxi.core.sealing.SealedField(null=True)),
                ("sources", models.JSONField(default=dict)),
                (
                    "grams",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None
                    ),
                ),
                ("created_at", models.DateTimeField()),
                (
                    "enterprise",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="core.enterprise",
                    ),
                ),
                (
                    "home_store",
                    guanxi.core.fields.TenantForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="core.store",
                        verbose_name="home store",
                    ),
                ),
                (
                    "owner",
                    guanxi.core.fields.TenantForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="core.staff",
                        verbose_name="looked after by",
                    ),
                ),
                (
                    "root",
                    guanxi.core.fields.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="people.customer",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Person",
            fields=[
                (
                    "account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("joined_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="CustomerHistory",
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
                    "kind",
                    models.CharField(
                        choices=[("person", "Person"), ("firm", "Firm")],
                        default="person",
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("name", guanxi.core.sealing.SealedField(null=True, verbose_name="name")),
                ("label", models.CharField(blank=True, default="", max_length=200, verbose_name="label")),
                (
                    "source_key",
                    models.CharField(blank=True, max_length=200, null=True, verbose_name="source key"),
                ),
                ("identified", models.BooleanField(default=False)),
                ("simulated", models.BooleanField(default=False)),
                ("fields", models.JSONField(default=dict)),
                ("private_fields", guanxi.core.sealing.SealedField(null=True)),
                ("sources", models.JSONField(default=dict)),
                (
                    "grams",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None
                    ),
                ),
                ("created_at", models.DateTimeField()),
                (
                    "enterprise",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="core.enterprise",
                    ),
                ),
                (
                    "home_store",
                    guanxi.core.fields.TenantForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="core.store",
                        verbose_name="home store",
                    ),
                ),
                (
                    "owner",
                    guanxi.core.fields.TenantForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="core.staff",
                        verbose_name="looked after by",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="people.customer",
                    ),
                ),
                (
                    "root",
                    guanxi.core.fields.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="people.customer",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="CustomField",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=guanxi.core.identity.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.SlugField(max_length=60, verbose_name="name")),
                ("label", models.CharField(max_length=120, verbose_name="label")),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("text", "Text"),
                            ("int", "Whole number"),
                            ("decimal", "Decimal number"),
                            ("date", "Date"),
                            ("bool", "Yes or no"),
                            ("choice", "One of a list"),
                        ],
                        default="text",
                        max_length=10,
                        verbose_name="type",
                    ),
                ),
                (
                    "choices",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=120), blank=True, default=list, size=None
                    ),
                ),
                ("private", models.BooleanField(default=False, verbose_name="private")),
                ("position", models.IntegerField(default=0)),
                ("archived_at", models.DateTimeField(null=True)),
                (
                    "enterprise",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="core.enterprise",
                    ),
                ),
            ],
            options={
                "ordering": ["position", "name"],
            },
        ),
        migrations.CreateModel(
            name="CustomFieldHistory",
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
                ("name", models.SlugField(db_index=False, max_length=60, verbose_name="name")),
                ("label", models.CharField(max_length=120, verbose_name="label")),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("text", "Text"),
                            ("int", "Whole number"),
                            ("decimal", "Decimal number"),
                            ("date", "Date"),
                            ("bool", "Yes or no"),
                            ("choice", "One of a list"),
                        ],
                        default="text",
                        max_length=10,
                        verbose_name="type",
                    ),
                ),
                (
                    "choices",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=120), blank=True, default=list, size=None
                    ),
                ),
                ("private", models.BooleanField(default=False, verbose_name="private")),
                ("position", models.IntegerField(default=0)),
                ("archived_at", models.DateTimeField(null=True)),
                (
                    "enterprise",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="core.enterprise",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="people.customfield",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Identifier",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=guanxi.core.identity.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("kind", models.CharField(max_length=20)),
                ("digest", models.BinaryField()),
                ("value", guanxi.core.sealing.SealedField(null=True)),
                ("source", models.CharField(default="", max_length=60)),
                ("recorded_at", models.DateTimeField()),
                ("verified_at", models.DateTimeField(null=True)),
                (
                    "customer",
                    guanxi.core.fields.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="people.customer",
                    ),
                ),
                (
                    "enterprise",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="core.enterprise",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="IdentifierHistory",
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
                ("kind", models.CharField(max_length=20)),
                ("digest", models.BinaryField()),
                ("value", guanxi.core.sealing.SealedField(null=True)),
                ("source", models.CharField(default="", max_length=60)),
                ("recorded_at", models.DateTimeField()),
                ("verified_at", models.DateTimeField(null=True)),
                (
                    "customer",
                    guanxi.core.fields.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="people.customer",
                    ),
                ),
                (
                    "enterprise",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="core.enterprise",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="people.identifier",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="MatchRule",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=guanxi.core.identity.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                (
                    "kinds",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20), size=None
                    ),
                ),
                ("active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "enterprise",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="core.enterprise",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="MatchRuleHistory",
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
                ("name", models.CharField(max_length=80, verbose_name="name")),
                (
                    "kinds",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20), size=None
                    ),
                ),
                ("active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "enterprise",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="core.enterprise",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="people.matchrule",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Merge",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=guanxi.core.identity.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "record_ids",
                    django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None),
                ),
                ("reason", models.CharField(default="", max_length=500)),
                ("merged_at", models.DateTimeField()),
                ("merged_by", models.CharField(max_length=60)),
                ("undone_at", models.DateTimeField(null=True)),
                ("undone_by", models.CharField(default="", max_length=60)),
                (
                    "absorbed",
                    guanxi.core.fields.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="people.customer",
                    ),
                ),
                (
                    "enterprise",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="core.enterprise",
                    ),
                ),
                (
                    "kept",
                    guanxi.core.fields.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="people.customer",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="MergeHistory",
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
                    "record_ids",
                    django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None),
                ),
                ("reason", models.CharField(default="", max_length=500)),
                ("merged_at", models.DateTimeField()),
                ("merged_by", models.CharField(max_length=60)),
                ("undone_at", models.DateTimeField(null=True)),
                ("undone_by", models.CharField(default="", max_length=60)),
                (
                    "absorbed",
                    guanxi.core.fields.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="people.customer",
                    ),
                ),
                (
                    "enterprise",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="core.enterprise",
                    ),
                ),
                (
                    "kept",
                    guanxi.core.fields.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="people.customer",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="people.merge",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Pair",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=guanxi.core.identity.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("score", models.FloatField()),
                ("method", models.CharField(max_length=20)),
                ("reasons", models.JSONField(default=list)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("accepted", "Merged"),
                            ("rejected", "Different"),
                            ("stale", "Overtaken"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("found_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("decided_by", models.CharField(default="", max_length=60)),
                (
                    "enterprise",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="core.enterprise",
                    ),
                ),
                (
                    "left",
                    guanxi.core.fields.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="people.customer",
                    ),
                ),
                (
                    "merge",
                    guanxi.core.fields.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="people.merge",
                    ),
                ),
                (
                    "right",
                    guanxi.core.fields.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="people.customer",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PairHistory",
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
                ("score", models.FloatField()),
                ("method", models.CharField(max_length=20)),
                ("reasons", models.JSONField(default=list)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("accepted", "Merged"),
                            ("rejected", "Different"),
                            ("stale", "Overtaken"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("found_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("decided_by", models.CharField(default="", max_length=60)),
                (
                    "enterprise",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="core.enterprise",
                    ),
                ),
                (
                    "left",
                    guanxi.core.fields.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="people.customer",
                    ),
                ),
                (
                    "merge",
                    guanxi.core.fields.TenantForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="people.merge",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="people.pair",
                    ),
                ),
                (
                    "right",
                    guanxi.core.fields.TenantForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="people.customer",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Claim",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=guanxi.core.identity.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("proved_by", models.CharField(max_length=20)),
                ("proved_at", models.DateTimeField()),
                (
                    "enterprise",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="core.enterprise",
                    ),
                ),
                (
                    "customer",
                    guanxi.core.fields.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="people.customer",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.person",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Profile",
            fields=[
                (
                    "customer",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="profile",
                        serialize=False,
                        to="people.customer",
                    ),
                ),
                ("first_seen_at", models.DateTimeField(null=True)),
                ("last_seen_at", models.DateTimeField(null=True)),
                ("events", models.IntegerField(default=0)),
                ("orders", models.IntegerField(default=0)),
                ("returns", models.IntegerField(default=0)),
                ("spent", models.DecimalField(decimal_places=2, default=0, max_digits=14)),
                ("returned", models.DecimalField(decimal_places=2, default=0, max_digits=14)),
                ("first_order_at", models.DateTimeField(null=True)),
                ("last_order_at", models.DateTimeField(null=True)),
                (
                    "enterprise",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="core.enterprise",
                    ),
                ),
                (
                    "root",
                    guanxi.core.fields.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="people.customer",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="customer",
            index=django.contrib.postgres.indexes.GinIndex(fields=["grams"], name="people_customer_grams"),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(fields=["enterprise", "root"], name="people_customer_root"),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(fields=["enterprise", "-created_at", "-id"], name="people_customer_newest"),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                condition=models.Q(("home_store__isnull", False)),
                fields=["enterprise", "home_store"],
                name="people_customer_store",
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                condition=models.Q(("owner__isnull", False)),
                fields=["enterprise", "owner"],
                name="people_customer_owner",
            ),
        ),
        migrations.AddConstraint(
            model_name="customer",
            constraint=models.UniqueConstraint(
                condition=models.Q(("source_key__isnull", False)),
                fields=("enterprise", "source_key"),
                name="people_customer_source",
            ),
        ),
        migrations.AddConstraint(
            model_name="customer",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["person", "firm"])), name="people_customer_kind"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="customer",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "people_customerhistory" ("created_at", "enterprise_id", "fields", "grams", "home_store_id", "id", "identified", "kind", "label", "name", "owner_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "private_fields", "root_id", "simulated", "source_key", "sources") VALUES (OLD."created_at", OLD."enterprise_id", OLD."fields", OLD."grams", OLD."home_store_id", OLD."id", OLD."identified", OLD."kind", OLD."label", OLD."name", OLD."owner_id", NOW(), \'update\', OLD."id", OLD."private_fields", OLD."root_id", OLD."simulated", OLD."source_key", OLD."sources"); RETURN NULL;',
                    hash="523d0b3ebc87c5f88405acfadc06aaa20564d664",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_6c8b1",
                    table="people_customer",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="customer",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "people_customerhistory" ("created_at", "enterprise_id", "fields", "grams", "home_store_id", "id", "identified", "kind", "label", "name", "owner_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "private_fields", "root_id", "simulated", "source_key", "sources") VALUES (OLD."created_at", OLD."enterprise_id", OLD."fields", OLD."grams", OLD."home_store_id", OLD."id", OLD."identified", OLD."kind", OLD."label", OLD."name", OLD."owner_id", NOW(), \'delete\', OLD."id", OLD."private_fields", OLD."root_id", OLD."simulated", OLD."source_key", OLD."sources"); RETURN NULL;',
                    hash="f19412da01045f9c292b1a996d964a6b7b04b1df",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_0cd7b",
                    table="people_customer",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="customerhistory",
            index=models.Index(fields=["pgh_obj", "pgh_id"], name="people_cust_pgh_obj_0b38e4_idx"),
        ),
        migrations.AddConstraint(
            model_name="customfield",
            constraint=models.UniqueConstraint(fields=("enterprise", "name"), name="people_customfield_name"),
        ),
        migrations.AddConstraint(
            model_name="customfield",
            constraint=models.CheckConstraint(
                condition=models.Q(("type__in", ["text", "int", "decimal", "date", "bool", "choice"])),
                name="people_customfield_type",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="customfield",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "people_customfieldhistory" ("archived_at", "choices", "enterprise_id", "id", "label", "name", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "private", "type") VALUES (OLD."archived_at", OLD."choices", OLD."enterprise_id", OLD."id", OLD."label", OLD."name", NOW(), \'update\', OLD."id", OLD."position", OLD."private", OLD."type"); RETURN NULL;',
                    hash="880ea97e546b1e0b7cdd597ba0df01b99f21c565",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_e051d",
                    table="people_customfield",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="customfield",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "people_customfieldhistory" ("archived_at", "choices", "enterprise_id", "id", "label", "name", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "private", "type") VALUES (OLD."archived_at", OLD."choices", OLD."enterprise_id", OLD."id", OLD."label", OLD."name", NOW(), \'delete\', OLD."id", OLD."position", OLD."private", OLD."type"); RETURN NULL;',
                    hash="866db2419f9bd2304eab77e268bcc83be7e07f6a",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_22aa5",
                    table="people_customfield",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="customfieldhistory",
            index=models.Index(fields=["pgh_obj", "pgh_id"], name="people_cust_pgh_obj_1c8ee9_idx"),
        ),
        migrations.AddIndex(
            model_name="identifier",
            index=models.Index(fields=["enterprise", "customer"], name="people_identifier_customer"),
        ),
        migrations.AddConstraint(
            model_name="identifier",
            constraint=models.UniqueConstraint(
                fields=("enterprise", "kind", "digest"), name="people_identifier_digest"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="identifier",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "people_identifierhistory" ("customer_id", "digest", "enterprise_id", "id", "kind", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "source", "value", "verified_at") VALUES (OLD."customer_id", OLD."digest", OLD."enterprise_id", OLD."id", OLD."kind", NOW(), \'update\', OLD."id", OLD."recorded_at", OLD."source", OLD."value", OLD."verified_at"); RETURN NULL;',
                    hash="e3f4454e31609742287d2c29aeba3fca62f5e604",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_e3682",
                    table="people_identifier",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="identifier",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "people_identifierhistory" ("customer_id", "digest", "enterprise_id", "id", "kind", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "source", "value", "verified_at") VALUES (OLD."customer_id", OLD."digest", OLD."enterprise_id", OLD."id", OLD."kind", NOW(), \'delete\', OLD."id", OLD."recorded_at", OLD."source", OLD."value", OLD."verified_at"); RETURN NULL;',
                    hash="54346626526b7b24192a9fecb1de510fea295857",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_c0602",
                    table="people_identifier",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="identifierhistory",
            index=models.Index(fields=["pgh_obj", "pgh_id"], name="people_iden_pgh_obj_e34256_idx"),
        ),
        migrations.AddConstraint(
            model_name="matchrule",
            constraint=models.UniqueConstraint(fields=("enterprise", "name"), name="people_matchrule_name"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="matchrule",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "people_matchrulehistory" ("active", "enterprise_id", "id", "kinds", "name", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."active", OLD."enterprise_id", OLD."id", OLD."kinds", OLD."name", NOW(), \'update\', OLD."id"); RETURN NULL;',
                    hash="861adce0d0875050a652583d82e49cb5c88f1329",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_985b3",
                    table="people_matchrule",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="matchrule",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "people_matchrulehistory" ("active", "enterprise_id", "id", "kinds", "name", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."active", OLD."enterprise_id", OLD."id", OLD."kinds", OLD."name", NOW(), \'delete\', OLD."id"); RETURN NULL;',
                    hash="1b9f9dbb851956b47f2ea4b1e863ffe4c10caaf4",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_89f66",
                    table="people_matchrule",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="matchrulehistory",
            index=models.Index(fields=["pgh_obj", "pgh_id"], name="people_matc_pgh_obj_19ceda_idx"),
        ),
        migrations.AddIndex(
            model_name="merge",
            index=models.Index(fields=["enterprise", "-merged_at"], name="people_merge_newest"),
        ),
        migrations.AddIndex(
            model_name="merge",
            index=models.Index(fields=["enterprise", "kept"], name="people_merge_kept"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="merge",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "people_mergehistory" ("absorbed_id", "enterprise_id", "id", "kept_id", "merged_at", "merged_by", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "record_ids", "undone_at", "undone_by") VALUES (OLD."absorbed_id", OLD."enterprise_id", OLD."id", OLD."kept_id", OLD."merged_at", OLD."merged_by", NOW(), \'update\', OLD."id", OLD."reason", OLD."record_ids", OLD."undone_at", OLD."undone_by"); RETURN NULL;',
                    hash="5afcd9d1b43ffe76cff5664fd365055a8fe4c11e",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_2a729",
                    table="people_merge",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="merge",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "people_mergehistory" ("absorbed_id", "enterprise_id", "id", "kept_id", "merged_at", "merged_by", "pgh_created_at", "pgh_label", "pgh_obj_id", "reason", "record_ids", "undone_at", "undone_by") VALUES (OLD."absorbed_id", OLD."enterprise_id", OLD."id", OLD."kept_id", OLD."merged_at", OLD."merged_by", NOW(), \'delete\', OLD."id", OLD."reason", OLD."record_ids", OLD."undone_at", OLD."undone_by"); RETURN NULL;',
                    hash="61109ddeb4b74db95e5e8f92295c4cce64541d38",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_d8329",
                    table="people_merge",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="mergehistory",
            index=models.Index(fields=["pgh_obj", "pgh_id"], name="people_merg_pgh_obj_ab2813_idx"),
        ),
        migrations.AddIndex(
            model_name="pair",
            index=models.Index(fields=["enterprise", "state", "-score", "-id"], name="people_pair_queue"),
        ),
        migrations.AddIndex(
            model_name="pair",
            index=models.Index(fields=["enterprise", "right"], name="people_pair_right"),
        ),
        migrations.AddConstraint(
            model_name="pair",
            constraint=models.UniqueConstraint(
                fields=("enterprise", "left", "right"), name="people_pair_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="pair",
            constraint=models.CheckConstraint(
                condition=models.Q(("left__lt", models.F("right"))), name="people_pair_order"
            ),
        ),
        migrations.AddConstraint(
            model_name="pair",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["open", "accepted", "rejected", "stale"])),
                name="people_pair_state",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="pair",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "people_pairhistory" ("decided_at", "decided_by", "enterprise_id", "found_at", "id", "left_id", "merge_id", "method", "pgh_created_at", "pgh_label", "pgh_obj_id", "reasons", "right_id", "score", "state") VALUES (OLD."decided_at", OLD."decided_by", OLD."enterprise_id", OLD."found_at", OLD."id", OLD."left_id", OLD."merge_id", OLD."method", NOW(), \'update\', OLD."id", OLD."reasons", OLD."right_id", OLD."score", OLD."state"); RETURN NULL;',
                    hash="0574bd9884dc531327509927978b93eeb4298846",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_79afb",
                    table="people_pair",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="pair",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "people_pairhistory" ("decided_at", "decided_by", "enterprise_id", "found_at", "id", "left_id", "merge_id", "method", "pgh_created_at", "pgh_label", "pgh_obj_id", "reasons", "right_id", "score", "state") VALUES (OLD."decided_at", OLD."decided_by", OLD."enterprise_id", OLD."found_at", OLD."id", OLD."left_id", OLD."merge_id", OLD."method", NOW(), \'delete\', OLD."id", OLD."reasons", OLD."right_id", OLD."score", OLD."state"); RETURN NULL;',
                    hash="e618e3837552ba7b6e0b15686e7e668436b8d085",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_afed9",
                    table="people_pair",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="pairhistory",
            index=models.Index(fields=["pgh_obj", "pgh_id"], name="people_pair_pgh_obj_76e306_idx"),
        ),
        migrations.AddIndex(
            model_name="claim",
            index=models.Index(fields=["enterprise", "customer"], name="people_claim_customer"),
        ),
        migrations.AddConstraint(
            model_name="claim",
            constraint=models.UniqueConstraint(fields=("person", "customer"), name="people_claim_once"),
        ),
        migrations.AddIndex(
            model_name="profile",
            index=models.Index(fields=["enterprise", "root"], name="people_profile_root"),
        ),
        migrations.AddIndex(
            model_name="profile",
            index=models.Index(
                models.F("enterprise_id"),
                models.OrderBy(models.F("last_seen_at"), descending=True, nulls_last=True),
                models.OrderBy(models.F("customer_id"), descending=True),
                name="people_profile_seen",
            ),
        ),
        migrations.AddIndex(
            model_name="profile",
            index=models.Index(fields=["enterprise", "-spent", "-customer"], name="people_profile_spent"),
        ),
        migrations.AddIndex(
            model_name="profile",
            index=models.Index(fields=["enterprise", "-orders", "-customer"], name="people_profile_orders"),
        ),
    ]
