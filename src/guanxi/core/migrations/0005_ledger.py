"""The ledger: tables that only grow, and triggers that keep positions and refuse what does not add up."""

import django.contrib.postgres.functions
import django.db.models.deletion
from django.db import migrations, models

import guanxi.core.fields
import guanxi.core.identity
from guanxi.core.protect import Protect

# A position is written by this function alone, with the rights of the owner. A debit changes what is there and is
# refused where that is too little; only a source goes below zero.
TRIGGERS = """
CREATE FUNCTION core_entry_moves() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE account core_ledgeraccount; posting core_posting;
BEGIN
  SELECT * INTO STRICT account FROM core_ledgeraccount WHERE id = NEW.account_id AND enterprise_id = NEW.enterprise_id;
  SELECT * INTO STRICT posting FROM core_posting WHERE id = NEW.posting_id AND enterprise_id = NEW.enterprise_id;
  IF posting.recorded_at <> now() THEN
    RAISE check_violation USING MESSAGE = 'A posting is closed when its transaction ends',
      CONSTRAINT = 'core_entry_closed';
  END IF;
  IF NOT EXISTS (SELECT FROM core_lot WHERE id = NEW.lot_id AND enterprise_id = NEW.enterprise_id
                    AND unit = account.unit) THEN
    RAISE check_violation USING MESSAGE = 'A lot is moved between accounts of its own unit',
      CONSTRAINT = 'core_entry_unit';
  END IF;
  IF posting.act = 'refund' AND NEW.amount < 0 THEN
    -- Two that give back at once wait here for each other.
    PERFORM FROM core_posting WHERE id = posting.of_id FOR UPDATE;
    IF (SELECT coalesce(sum(entry.amount), 0)
          FROM core_entry AS entry JOIN core_posting AS one ON one.id = entry.posting_id
         WHERE entry.enterprise_id = NEW.enterprise_id AND entry.account_id = NEW.account_id
           AND entry.lot_id = NEW.lot_id
           AND (one.id = posting.of_id OR (one.of_id = posting.of_id AND one.act = 'refund'))) < 0 THEN
      RAISE check_violation USING MESSAGE = 'No more is given back than was spent', CONSTRAINT = 'core_entry_refund';
    END IF;
  END IF;
  UPDATE core_position SET amount = amount + NEW.amount
   WHERE enterprise_id = NEW.enterprise_id AND account_id = NEW.account_id AND lot_id = NEW.lot_id;
  IF NOT FOUND THEN
    INSERT INTO core_position AS held (enterprise_id, account_id, lot_id, amount, open)
    VALUES (NEW.enterprise_id, NEW.account_id, NEW.lot_id, NEW.amount, account.kind = 'source')
    ON CONFLICT (enterprise_id, account_id, lot_id) DO UPDATE SET amount = held.amount + excluded.amount;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER core_entry_moves AFTER INSERT ON core_entry FOR EACH ROW EXECUTE FUNCTION core_entry_moves();

CREATE FUNCTION core_posting_adds_up() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM core_entry WHERE enterprise_id = NEW.enterprise_id AND posting_id = NEW.posting_id
              GROUP BY lot_id HAVING sum(amount) <> 0) THEN
    RAISE check_violation USING MESSAGE = 'What one account gets another gives', CONSTRAINT = 'core_posting_adds_up';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER core_posting_adds_up AFTER INSERT ON core_entry DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION core_posting_adds_up();
"""
_BACK = """
DROP TRIGGER core_posting_adds_up ON core_entry; DROP FUNCTION core_posting_adds_up();
DROP TRIGGER core_entry_moves ON core_entry; DROP FUNCTION core_entry_moves();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0004_counted_batches"),
    ]

    operations = [
        migrations.CreateModel(
            name="LedgerAccount",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=guanxi.core.identity.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("unit", models.CharField(max_length=120)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("source", "Source"),
                            ("available", "Available"),
                            ("reserved", "Reserved"),
                            ("spent", "Spent"),
                            ("expired", "Expired"),
                        ],
                        max_length=10,
                    ),
                ),
                ("holder_id", models.UUIDField()),
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
            name="Lot",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=guanxi.core.identity.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("unit", models.CharField(max_length=120)),
                ("issued_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField(null=True)),
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
            name="Position",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "enterprise_id",
                        "account_id",
                        "lot_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=4, max_digits=18, verbose_name="")),
                ("open", models.BooleanField(default=False)),
                (
                    "account",
                    guanxi.core.fields.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="core.ledgeraccount",
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
                    "lot",
                    guanxi.core.fields.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="core.lot",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Posting",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=guanxi.core.identity.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "act",
                    models.CharField(
                        choices=[
                            ("issue", "Issued"),
                            ("spend", "Spent"),
                            ("reserve", "Reserved"),
                            ("capture", "Reservation used"),
                            ("release", "Reservation released"),
                            ("refund", "Given back"),
                            ("expire", "Expired"),
                        ],
                        max_length=10,
                    ),
                ),
                ("key", models.CharField(max_length=200)),
                ("digest", models.BinaryField()),
                ("until", models.DateTimeField(null=True)),
                ("actor", models.CharField(max_length=60)),
                ("happened_at", models.DateTimeField()),
                (
                    "recorded_at",
                    models.DateTimeField(db_default=django.contrib.postgres.functions.TransactionNow()),
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
                    "of",
                    guanxi.core.fields.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="core.posting",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="lot",
            name="posting",
            field=guanxi.core.fields.TenantForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="core.posting",
            ),
        ),
        migrations.CreateModel(
            name="Entry",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=guanxi.core.identity.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=4, max_digits=18, verbose_name="")),
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
                    "account",
                    guanxi.core.fields.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="core.ledgeraccount",
                    ),
                ),
                (
                    "lot",
                    guanxi.core.fields.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="core.lot",
                    ),
                ),
                (
                    "posting",
                    guanxi.core.fields.TenantForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="core.posting",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="ledgeraccount",
            index=models.Index(fields=["enterprise", "holder_id"], name="core_ledgeraccount_holder"),
        ),
        migrations.AddConstraint(
            model_name="ledgeraccount",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["source", "available", "reserved", "spent", "expired"])),
                name="core_ledgeraccount_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgeraccount",
            constraint=models.UniqueConstraint(
                fields=("enterprise", "unit", "kind", "holder_id"), name="core_ledgeraccount_once"
            ),
        ),
        migrations.AddIndex(
            model_name="position",
            index=models.Index(
                condition=models.Q(("amount__gt", 0)), fields=["enterprise", "lot"], name="core_position_lot"
            ),
        ),
        migrations.AddConstraint(
            model_name="position",
            constraint=models.CheckConstraint(
                condition=models.Q(("open", True), ("amount__gte", 0), _connector="OR"),
                name="core_position_zero",
            ),
        ),
        migrations.AddIndex(
            model_name="posting",
            index=models.Index(
                condition=models.Q(("of__isnull", False)), fields=["enterprise", "of"], name="core_posting_of"
            ),
        ),
        migrations.AddIndex(
            model_name="posting",
            index=models.Index(
                condition=models.Q(("until__isnull", False)),
                fields=["enterprise", "until"],
                name="core_posting_until",
            ),
        ),
        migrations.AddConstraint(
            model_name="posting",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("act__in", ["issue", "spend", "reserve", "capture", "release", "refund", "expire"])
                ),
                name="core_posting_act",
            ),
        ),
        migrations.AddConstraint(
            model_name="posting",
            constraint=models.UniqueConstraint(fields=("enterprise", "key"), name="core_posting_once"),
        ),
        migrations.AddIndex(
            model_name="lot",
            index=models.Index(
                condition=models.Q(("expires_at__isnull", False)),
                fields=["enterprise", "expires_at"],
                name="core_lot_expires",
            ),
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(fields=["enterprise", "account"], name="core_entry_account"),
        ),
        migrations.AddConstraint(
            model_name="entry",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount", 0), _negated=True), name="core_entry_amount"
            ),
        ),
        migrations.AddConstraint(
            model_name="entry",
            constraint=models.UniqueConstraint(
                fields=("enterprise", "posting", "account", "lot"), name="core_entry_once"
            ),
        ),
        Protect("ledgeraccount", desk="SELECT, INSERT", referable=True),
        Protect("posting", desk="SELECT, INSERT", referable=True),
        Protect("lot", desk="SELECT, INSERT", referable=True),
        Protect("entry", desk="SELECT, INSERT"),
        Protect("position", desk="SELECT"),
        migrations.RunSQL(TRIGGERS, _BACK),
    ]
