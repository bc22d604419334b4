import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Message",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("purpose", models.TextField()),
                ("channel", models.TextField()),
                ("wish", models.TextField(null=True, unique=True)),
                ("to_sealed", models.TextField(null=True)),
                ("body_sealed", models.TextField()),
                ("subject", models.TextField(null=True)),
                ("state", models.TextField(db_default="queued")),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("next_attempt_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("attempts", models.IntegerField(db_default=0)),
                ("doubts", models.IntegerField(db_default=0)),
                ("carrier_id", models.TextField(null=True)),
                ("expires_at", models.DateTimeField()),
                ("last_error", models.TextField(null=True)),
            ],
            options={
                "db_table": "notices_message",
                "indexes": [
                    models.Index(
                        models.F("next_attempt_at"),
                        condition=models.Q(("state__in", ("queued", "sending"))),
                        name="notices_message_due",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ("queued", "sending", "sent", "failed"))),
                        name="notices_message_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("channel__in", ("sms", "email"))), name="notices_message_channel_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("subject__isnull", False), ("to_sealed__isnull", True)),
                            models.Q(("subject__isnull", True), ("to_sealed__isnull", False)),
                            _connector="OR",
                        ),
                        name="notices_message_bound",
                    ),
                ],
            },
        ),
    ]
