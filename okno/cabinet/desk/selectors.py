"""Reading who of the staff is present, and what they may do."""

from datetime import timedelta

from django.contrib.auth.models import Group
from django.db.models.functions import Now

from okno.cabinet.desk.core.rights import Right, rights_of_roles
from okno.cabinet.desk.models import Presence

WORKING_DAY = timedelta(hours=8)


def staff_present(*, user_id: int, session_hash: str) -> bool:
    """Whether this is the person's one session, opened within a working day."""
    return Presence.objects.filter(
        user_id=user_id, session_hash=session_hash, opened_at__gt=Now() - WORKING_DAY
    ).exists()


def staff_rights(*, user_id: int) -> frozenset[Right]:
    """What their roles allow, as of now."""
    return rights_of_roles(frozenset(Group.objects.filter(user=user_id).values_list("name", flat=True)))
