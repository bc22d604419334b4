"""The second factor of staff, and their roles."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

RIGHTS = """
GRANT SELECT, INSERT, UPDATE, DELETE ON desk_factor TO okno_desk;
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
        migrations.RunSQL(RIGHTS),
    ]
