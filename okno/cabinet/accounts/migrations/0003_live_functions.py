"""The functions that `live` reads by: okno/cabinet/accounts/sql, created as their owner okno_reader.

Released files never change: a changed function is a new `_v2` beside the old one, in a migration of its own.
"""

from pathlib import Path

from django.db import migrations

FOLDER = Path(__file__).resolve().parent.parent / "sql"
SCHEMA = "00_schema.sql"
OWNED = (
    "10_views.sql",
    "overview_v1.sql",
    "operations_v1.sql",
    "year_v1.sql",
    "changes_v1.sql",
    "subscription_v1.sql",
    "freshness_v1.sql",
    "signal_v1.sql",
    "99_grants.sql",
)


def create(_apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute((FOLDER / SCHEMA).read_text(encoding="utf-8"))
        cursor.execute("SET LOCAL ROLE okno_reader")
        for name in OWNED:
            cursor.execute((FOLDER / name).read_text(encoding="utf-8"))
        cursor.execute("RESET ROLE")


def drop(_apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA live CASCADE")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_rights"), ("identity", "0002_rights"), ("kit", "0002_rights")]

    operations = [migrations.RunPython(create, drop)]
