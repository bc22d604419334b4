import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("identity", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="System",
            fields=[
                ("id", models.TextField(primary_key=True, serialize=False)),
                ("title", models.TextField(db_default="")),
                ("epoch", models.IntegerField(db_default=0)),
                ("watermark", models.DateTimeField(null=True)),
                ("heard_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "accounts_system",
            },
        ),
        migrations.CreateModel(
            name="Grant",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("account_id", models.UUIDField()),
                ("rights", django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
                ("token", models.TextField()),
                ("expires_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
                ("user", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="identity.user")),
            ],
            options={
                "db_table": "accounts_grant",
            },
        ),
        migrations.CreateModel(
            name="Account",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("tail", models.TextField()),
                ("title", models.TextField(db_default="")),
                ("currency", models.TextField()),
                ("balance", models.BigIntegerField()),
                ("status", models.TextField()),
                ("due_amount", models.BigIntegerField(null=True)),
                ("due_on", models.DateField(null=True)),
                ("epoch", models.IntegerField()),
                ("version", models.BigIntegerField()),
                ("position", models.BigIntegerField(db_default=0)),
                ("as_of", models.DateTimeField()),
                ("gap_since", models.DateTimeField(null=True)),
                (
                    "system",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, to="accounts.system"
                    ),
                ),
            ],
            options={
                "db_table": "accounts_account",
            },
        ),
        migrations.CreateModel(
            name="Access",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("account_id", models.UUIDField(db_index=True)),
                ("right", models.TextField()),
                ("grant_id", models.UUIDField(db_index=True)),
                ("until", models.DateTimeField()),
                (
                    "user",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to="identity.user"),
                ),
            ],
            options={
                "db_table": "accounts_access",
                "constraints": [
                    models.UniqueConstraint(fields=("user", "account_id", "right"), name="accounts_access_once"),
                    models.CheckConstraint(
                        condition=models.Q(("right__in", ("view", "pay", "documents", "manage"))),
                        name="accounts_access_right_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Operation",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "account_id", "position", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("position", models.BigIntegerField()),
                ("epoch", models.IntegerField()),
                ("version", models.BigIntegerField()),
                ("key", models.TextField()),
                ("kind", models.TextField()),
                ("channel", models.TextField(null=True)),
                ("amount", models.BigIntegerField()),
                ("balance", models.BigIntegerField()),
                ("posted_at", models.DateTimeField()),
                ("text", models.TextField(db_default="")),
                (
                    "account",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="accounts.account",
                    ),
                ),
            ],
            options={
                "db_table": "accounts_operation",
                "indexes": [
                    models.Index(
                        models.F("posted_at"), condition=models.Q(("kind", "payment")), name="accounts_operation_payments"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("account", "key"), name="accounts_operation_once"),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ("charge", "payment", "credit", "refund", "correction"))),
                        name="accounts_operation_kind_known",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ("active", "blocked", "closed"))),
                name="accounts_account_status_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.CheckConstraint(
                condition=models.Q(("tail__regex", "^.{0,4}$")), name="accounts_account_tail_length"
            ),
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.CheckConstraint(
                condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="accounts_account_currency_code"
            ),
        ),
    ]
