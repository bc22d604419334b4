"""Who may do what with messages: the portal may only put one in, the sender alone reads what it opens."""

from django.db import migrations

GRANTS = """
GRANT INSERT ON notices_message TO okno_web, okno_desk, okno_projector;
GRANT SELECT, UPDATE ON notices_message TO okno_sender;
GRANT INSERT, DELETE ON notices_message TO okno_worker;
GRANT SELECT (id, purpose, channel, state, created_at, next_attempt_at, attempts, expires_at)
    ON notices_message TO okno_worker;
GRANT SELECT (id, purpose, channel, state, created_at, next_attempt_at, attempts, expires_at, last_error)
    ON notices_message TO okno_desk;
"""


class Migration(migrations.Migration):
    dependencies = [("notices", "0001_initial"), ("kit", "0002_rights")]

    operations = [migrations.RunSQL(GRANTS)]
