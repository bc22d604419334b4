"""Reading who of the staff is present."""

from datetime import timedelta

from django.db.models.functions import Now

from okno.cabinet.desk.models import Presence

WORKING_DAY = timedelta(hours=8)


def staff_present(*, user_id: int, session_hash: str) -> bool:
    """Whether this is the person's one session, opened within a working day."""
    return Presence.objects.filter(
        user_id=user_id, session_hash=session_hash, opened_at__gt=Now() - WORKING_DAY
    ).exists()
