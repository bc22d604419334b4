"""What an operator does with staff, by commands alone: no page changes who may do what."""

from collections.abc import Sequence

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.db import transaction
from django.db.models import Q

from okno.cabinet.desk.core.rights import ROLES
from okno.cabinet.desk.models import Factor, Key, Presence
from okno.cabinet.desk.services.entering import DATABASE
from okno.cabinet.desk.services.factors import factor_code
from okno.cabinet.kit.audit import Detail, audit_write

DEMO_ENDING = ".localhost"


class PeopleError(Exception):
    """It cannot be done; the text says why, for the operator."""


def staff_add(*, login: str, roles: Sequence[str], issued_by: str) -> None:
    """A member of staff, made if new, with exactly these roles. Raises PeopleError."""
    unknown = sorted(set(roles) - set(ROLES))
    if unknown:
        raise PeopleError(f"no such role: {', '.join(unknown)}; there are {', '.join(ROLES)}")
    with transaction.atomic(using=DATABASE):
        user, _ = User.objects.get_or_create(username=login, defaults={"is_staff": True, "password": "!"})
        user.groups.set(Group.objects.filter(name__in=roles))
        _tell(issued_by, "staff.roles", user, " ".join(sorted(roles)))


def staff_reset(*, login: str, issued_by: str) -> None:
    """Forget lost keys and the authenticator, and end the session: the next entry makes new. Raises PeopleError."""
    user = _known(login)
    with transaction.atomic(using=DATABASE):
        Factor.objects.filter(user=user).delete()
        Key.objects.filter(user=user).delete()
        Presence.objects.filter(user=user).update(session_hash="")
        _tell(issued_by, "staff.factor.reset", user)


def staff_code(*, login: str, issued_by: str) -> str:
    """The code that the person's authenticator shows now: of a demonstration alone. Raises PeopleError."""
    if not all(host.endswith(DEMO_ENDING) for host in settings.OKNO.desk_hosts):
        raise PeopleError("codes are shown in a demonstration alone; a lost authenticator: okno staff reset")
    factor = Factor.objects.filter(user=_known(login)).first()
    if factor is None:
        raise PeopleError(f"{login} has no authenticator yet: open the link and press its button first")
    with transaction.atomic(using=DATABASE):
        _tell(issued_by, "staff.code.show", factor.user)
    return factor_code(factor)


def factors_missing() -> bool:
    """Whether there is staff, and nobody of it has a second factor that counts here."""
    staff = User.objects.filter(is_active=True, is_staff=True)
    proven = Q(key__isnull=False)
    if settings.OKNO.staff_codes:
        proven |= Q(factor__confirmed_at__isnull=False)
    return staff.exists() and not staff.filter(proven).exists()


def _known(login: str) -> User:
    user = User.objects.filter(username=login).first()
    if user is None:
        raise PeopleError(f"there is no {login} among the staff")
    return user


def _tell(issued_by: str, action: str, user: User, roles: str | None = None) -> None:
    detail: Detail = {} if roles is None else {"roles": roles}
    audit_write(actor=f"system:{issued_by}", action=action, subject=f"staff:{user.pk}", detail=detail, using=DATABASE)
