"""Staff begin to enter by a signed link that works once; a code of theirs follows. There are no staff passwords."""

from datetime import timedelta
from uuid import UUID

from django.contrib.auth.models import User
from django.core import signing
from django.db import transaction
from django.db.models.functions import Now

from okno.cabinet.desk.models import Presence, StaffLink
from okno.cabinet.kit.audit import audit_write
from okno.cabinet.kit.buckets import take
from okno.cabinet.kit.signals import signal_write
from okno.cabinet.kit.statements import rows
from okno.protocol.ids import new_id

DATABASE = "desk"
LINK_LIFETIME = timedelta(minutes=30)
SALT = "okno.desk.link"

USE_UP = """
    UPDATE desk_staff_link SET used_at = clock_timestamp()
    WHERE id = %s AND used_at IS NULL AND expires_at > clock_timestamp() RETURNING user_id
"""


class LinkError(Exception):
    """The link is not ours, was used or is too old: the reader is told only that it does not work."""


def staff_link_create(*, login: str, issued_by: str) -> str:
    """The path of a link (`/enter/…`) for a member of staff, who is made if new. Runs as the role `okno_desk`.

    `issued_by` goes into the audit, such as the operating system's user that ran the command.
    """
    link_id = new_id()
    with transaction.atomic(using=DATABASE):
        user, created = User.objects.get_or_create(username=login, defaults={"is_staff": True, "password": "!"})
        StaffLink.objects.create(id=link_id, user=user, expires_at=Now() + LINK_LIFETIME)
        audit_write(
            actor=f"system:{issued_by}",
            action="staff.link",
            subject=f"staff:{user.pk}",
            detail={"created": created},
            using=DATABASE,
        )
    return f"/enter/{signing.TimestampSigner(salt=SALT).sign(link_id)}"


def staff_enter(token: str) -> User:
    """The member of staff whose link this is, once; not let in yet. Raises LinkError."""
    try:
        link_id = UUID(signing.TimestampSigner(salt=SALT).unsign(token, max_age=LINK_LIFETIME))
    except signing.BadSignature as error:
        _refused()
        raise LinkError from error
    with transaction.atomic(using=DATABASE):
        used = rows(USE_UP, [link_id], using=DATABASE)
        user = User.objects.filter(pk=used[0][0], is_active=True, is_staff=True).first() if used else None
        if user is not None:
            audit_write(actor=f"staff:{user.pk}", action="staff.link.use", subject=f"link:{link_id}", using=DATABASE)
    if user is None:
        _refused()
        raise LinkError
    return user


def try_count(user_id: int) -> None:
    """Count a try of a second factor before it is looked at, whichever link it came by. Raises ThrottledError."""
    for scope in ("desk-code", "desk-code-day"):
        take(scope, str(user_id), using=DATABASE)


def presence_open(*, user_id: int, session_hash: str) -> None:
    """From now on this is the person's one session."""
    Presence.objects.update_or_create(user_id=user_id, defaults={"session_hash": session_hash, "opened_at": Now()})


def _refused() -> None:
    signal_write("authn_login_fail", source="desk", using=DATABASE)
