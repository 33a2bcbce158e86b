from django.db import migrations, models

import guanxi.core.identity


class Migration(migrations.Migration):
    dependencies = [
        ("consent", "0004_protect_pressure"),
    ]

    operations = [
        migrations.CreateModel(
            name="VerdictBetween",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=guanxi.core.identity.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("giver_id", models.UUIDField()),
                (
                    "receiver_kind",
                    models.CharField(
                        choices=[
                            ("enterprise", "Enterprise"),
                            ("person", "Person"),
                            ("circle", "Circle"),
                            ("community", "Community"),
                            ("program", "Program"),
                        ],
                        max_length=12,
                    ),
                ),
                ("receiver_id", models.UUIDField()),
                ("asked_by_id", models.UUIDField()),
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
                    "channel",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("email", "E-mail"),
                            ("sms", "SMS"),
                            ("phone", "Phone"),
                            ("chat", "Chat"),
                            ("messenger", "Messenger"),
                            ("post", "Post"),
                            ("display", "Display"),
                        ],
                        default="",
                        max_length=10,
                    ),
                ),
                (
                    "needs",
                    models.SmallIntegerField(
                        choices=[
                            (0, "none"),
                            (1, "situation"),
                            (2, "informed"),
                            (3, "personal"),
                            (4, "present"),
                            (5, "delegate"),
                        ]
                    ),
                ),
                ("about", models.CharField(default="", max_length=200)),
                (
                    "outcome",
                    models.CharField(
                        choices=[("allow", "Allowed"), ("defer", "Later"), ("deny", "Refused")], max_length=6
                    ),
                ),
                (
                    "reason",
                    models.CharField(
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
                ("until", models.DateTimeField(null=True)),
                ("asked_at", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["giver_id", "-asked_at"], name="consent_between_giver"),
                    models.Index(fields=["asked_by_id", "-asked_at"], name="consent_between_asker"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("outcome__in", ["allow", "defer", "deny"])),
                        name="consent_between_outcome",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("outcome", "defer"), ("until__isnull", False)),
                            models.Q(models.Q(("outcome", "defer"), _negated=True), ("until__isnull", True)),
                            _connector="OR",
                        ),
                        name="consent_between_until",
                    ),
                ],
            },
        ),
    ]
