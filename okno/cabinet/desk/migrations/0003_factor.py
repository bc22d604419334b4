"""The second factors of staff, their roles, and the mirror of the runs of slips."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

RIGHTS = """
GRANT SELECT, INSERT, UPDATE, DELETE ON desk_factor TO okno_desk;
GRANT SELECT, INSERT, UPDATE, DELETE ON desk_key TO okno_desk;
GRANT INSERT, DELETE ON auth_user_groups TO okno_desk;
INSERT INTO auth_group (name) VALUES ('auditor'), ('cashier'), ('senior');
"""


class Migration(migrations.Migration):
    dependencies = [
        ("desk", "0002_rights"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Factor",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("secret", models.BinaryField()),
                ("last_step", models.BigIntegerField(null=True)),
                ("confirmed_at", models.DateTimeField(null=True)),
            ],
            options={"db_table": "desk_factor"},
        ),
        migrations.CreateModel(
            name="Key",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("credential", models.BinaryField(unique=True)),
                ("public", models.BinaryField()),
                ("uses", models.BigIntegerField()),
                ("created_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
                (
                    "user",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL),
                ),
            ],
            options={"db_table": "desk_key"},
        ),
        migrations.CreateModel(
            name="SlipRunRow",
            fields=[
                ("district", models.TextField(verbose_name="район")),
                ("id", models.UUIDField(primary_key=True, serialize=False, verbose_name="номер")),
                ("system", models.TextField(verbose_name="система")),
                ("form", models.TextField(verbose_name="вид")),
                ("state", models.TextField(verbose_name="состояние")),
                ("found", models.IntegerField(verbose_name="подходит")),
                ("printed", models.IntegerField(verbose_name="напечатано")),
                ("failed", models.IntegerField(verbose_name="без квитанции")),
                ("started_at", models.DateTimeField(verbose_name="начат")),
                ("finished_at", models.DateTimeField(null=True, verbose_name="завершён")),
                ("expires_at", models.DateTimeField(verbose_name="хранится до")),
            ],
            options={
                "verbose_name": "печать района",
                "verbose_name_plural": "Квитанции районов",
                "db_table": "documents_run",
                "managed": False,
            },
        ),
        migrations.RunSQL(RIGHTS),
    ]
