"""What came lately is looked at twice a minute: indexes for it, and when an alarm was said last."""

from django.db import migrations, models

STATEMENTS = (
    "ALTER TABLE payments_alarm ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE payments_alarm FORCE ROW LEVEL SECURITY",
    "GRANT SELECT, INSERT, UPDATE ON payments_alarm TO okno_till",
    *(
        f"CREATE POLICY payments_alarm_{role} ON payments_alarm TO okno_{role} USING (true) WITH CHECK (true)"
        for role in ("till", "owner")
    ),
)


class Migration(migrations.Migration):
    dependencies = [("payments", "0010_keeping_rights")]

    operations = [
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(fields=["received_at"], name="payments_notice_latest"),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(
                models.F("provider"),
                models.F("received_at"),
                name="payments_notice_true",
                condition=models.Q(("state", "refused"), _negated=True),
            ),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(
                models.F("received_at"), name="payments_notice_refused", condition=models.Q(("state", "refused"))
            ),
        ),
        migrations.CreateModel(
            name="Alarm",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "kind", "provider", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("kind", models.TextField()),
                ("provider", models.TextField()),
                ("said_at", models.DateTimeField()),
            ],
            options={"db_table": "payments_alarm"},
        ),
        *(migrations.RunSQL(sql) for sql in STATEMENTS),
    ]
