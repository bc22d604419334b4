"""Models and migrations say the same."""

from io import StringIO

from django.core.management import call_command
from factories.portal import Portal


def test_no_model_has_changed_without_its_migration(portal: Portal) -> None:
    said = StringIO()
    call_command("makemigrations", "--check", "--dry-run", stdout=said, stderr=said)
    assert "No changes detected" in said.getvalue()
