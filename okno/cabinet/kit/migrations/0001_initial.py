import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Audit",
            fields=[
                ("seq", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("actor", models.TextField()),
                ("action", models.TextField()),
                ("subject", models.TextField()),
                ("detail", models.JSONField()),
                ("prev_hash", models.BinaryField()),
                ("hash", models.BinaryField()),
            ],
            options={
                "db_table": "kit_audit",
            },
        ),
        migrations.CreateModel(
            name="Inbox",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "consumer", "key", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("consumer", models.TextField()),
                ("key", models.TextField()),
                ("received_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "kit_inbox",
            },
        ),
        migrations.CreateModel(
            name="Bucket",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "scope", "key", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("scope", models.TextField()),
                ("key", models.TextField()),
                ("tokens", models.FloatField()),
                ("updated_at", models.DateTimeField()),
            ],
            options={
                "db_table": "kit_bucket",
                "indexes": [models.Index(models.F("updated_at"), name="kit_bucket_updated")],
            },
        ),
        migrations.CreateModel(
            name="Job",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("kind", models.TextField()),
                ("payload", models.JSONField(db_default={})),
                ("state", models.TextField(db_default="queued")),
                ("run_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("attempts", models.IntegerField(db_default=0)),
                ("last_error", models.TextField(null=True)),
                ("locked_until", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "kit_job",
                "indexes": [
                    models.Index(
                        models.F("run_at"), condition=models.Q(("state__in", ("queued", "running"))), name="kit_job_due"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ("queued", "running", "done", "failed"))),
                        name="kit_job_state_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Outbox",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("seq", models.BigIntegerField(editable=False)),
                ("type", models.TextField()),
                ("kind", models.TextField()),
                ("system", models.TextField()),
                ("subject", models.TextField()),
                ("priority", models.SmallIntegerField(db_default=1)),
                ("data", models.BinaryField()),
                ("authtype", models.TextField()),
                ("authid", models.TextField(null=True)),
                ("grant_token", models.TextField(null=True)),
                ("labels", models.JSONField(db_default={})),
                ("idempotency_key", models.TextField()),
                ("state", models.TextField(db_default="queued")),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("next_attempt_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("attempts", models.IntegerField(db_default=0)),
                ("outcome", models.JSONField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "kit_outbox",
                "indexes": [
                    models.Index(
                        models.F("priority"),
                        models.F("next_attempt_at"),
                        condition=models.Q(("state__in", ("queued", "accepted"))),
                        name="kit_outbox_due",
                    ),
                    models.Index(models.F("authid"), models.F("recorded_at"), name="kit_outbox_asker"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("idempotency_key",), name="kit_outbox_once"),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ("command", "query", "event"))), name="kit_outbox_kind_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ("queued", "accepted", "done", "failed"))),
                        name="kit_outbox_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("priority__gte", 0), ("priority__lte", 3)), name="kit_outbox_priority_range"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Signal",
            fields=[
                ("seq", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("source", models.TextField()),
                ("name", models.TextField()),
                ("session_id", models.UUIDField(null=True)),
                ("user_id", models.UUIDField(null=True)),
                ("detail", models.JSONField(db_default={})),
            ],
            options={
                "db_table": "kit_signal",
                "indexes": [models.Index(models.F("at"), name="kit_signal_at")],
            },
        ),
        migrations.CreateModel(
            name="SubjectKey",
            fields=[
                ("subject", models.UUIDField(primary_key=True, serialize=False)),
                ("kek_version", models.IntegerField()),
                ("wrapped", models.BinaryField()),
            ],
            options={
                "db_table": "kit_subject_key",
                "indexes": [models.Index(models.F("kek_version"), name="kit_subject_key_version")],
            },
        ),
    ]
