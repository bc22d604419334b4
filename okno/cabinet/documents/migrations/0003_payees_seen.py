"""What a customer saw last on his slips, to warn him when the payee's requisites change. His own rows alone."""

import django.db.models.deletion
from django.db import migrations, models

RIGHTS = """
GRANT SELECT, INSERT, UPDATE (payee_sha256, document_id, asked_at, is_changed) ON documents_payee_seen TO okno_web;
ALTER TABLE documents_payee_seen ENABLE ROW LEVEL SECURITY;
ALTER TABLE documents_payee_seen FORCE ROW LEVEL SECURITY;
CREATE POLICY documents_payee_seen_web ON documents_payee_seen TO okno_web
    USING (user_id = (SELECT NULLIF(current_setting('app.user', true), '')::uuid))
    WITH CHECK (user_id = (SELECT NULLIF(current_setting('app.user', true), '')::uuid));
"""


class Migration(migrations.Migration):
    dependencies = [("documents", "0002_rights"), ("identity", "0002_rights")]
    operations = [
        migrations.CreateModel(
            name="PayeeSeen",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "user_id", "account_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("account_id", models.UUIDField()),
                ("payee_sha256", models.TextField()),
                ("document_id", models.UUIDField()),
                ("asked_at", models.DateTimeField()),
                ("is_changed", models.BooleanField()),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, to="identity.user"
                    ),
                ),
            ],
            options={"db_table": "documents_payee_seen"},
        ),
        migrations.RunSQL(RIGHTS),
    ]
