"""The last step of a registration: a password, and whoever was proven becomes a user with all his accounts.

Here alone the cabinet opens what the inside sealed to it: this process sees the password, which must not be the
person's own name or number, and keeps the name in the vault; no other process needs either (decision 0007).
"""

from pathlib import Path

import msgspec
import structlog
from django.conf import settings

from okno.cabinet.accounts.models import Registration
from okno.cabinet.accounts.selectors import registration_of, standing
from okno.cabinet.accounts.services.access import accounts_taken, grant_read, grant_take
from okno.cabinet.accounts.services.registration import change, living
from okno.cabinet.identity.selectors import Visitor
from okno.cabinet.identity.services.passwords import WeakPasswordError
from okno.cabinet.identity.services.sessions import Device, session_end, session_open
from okno.cabinet.identity.services.users import NewUser, UserError, user_draft, user_insert
from okno.cabinet.kit.buckets import give_back, take
from okno.cabinet.kit.outbox.handed import PROFILE_GET
from okno.cabinet.kit.problems import Refusal, RefusalError
from okno.protocol import grants
from okno.protocol.errors import ProtocolError
from okno.protocol.keys import OpeningKey
from okno.protocol.messages import Profile
from okno.protocol.sealing import open_sealed

log = structlog.get_logger("okno.accounts")

Granted = tuple[str, grants.Grant]


def registration_finish(token: str | None, password: str, *, device: Device, previous: Visitor | None) -> str:
    """The user, the access that the inside granted, and an open session, whose token it returns: all or nothing.

    `previous` is the session of the browser's cookie: it ends. Raises RefusalError registration-over, wrong-step,
    weak-password (with `reasons`), no-phone, already-linked, unavailable; ThrottledError.
    """
    take("code-network", device.network)
    row = _proven(token)
    granted = _granted(row)
    new = _drafted(row, granted, password)
    try:
        opened = _written(token, new, granted, device)
    except UserError as error:
        # Somebody else signs in by this number already, although nobody has access by it.
        raise RefusalError(Refusal.ALREADY_LINKED) from error
    if previous is not None:
        session_end(previous, reason="replaced")
    for scope in ("registration-account", "registration-code-account"):
        give_back(scope, new.login)
    return opened


def _proven(token: str | None) -> Registration:
    row = registration_of(token)
    state = "none" if row is None else standing(row).state
    if row is None or state in {"none", "expired"}:
        raise RefusalError(Refusal.REGISTRATION_OVER)
    if state != "proven":
        raise RefusalError(Refusal.ALREADY_LINKED if state == "linked" else Refusal.WRONG_STEP)
    return row


def _granted(row: Registration) -> list[Granted]:
    """The grants with their tokens, judged once more: what came to the table is believed for its signature alone."""
    try:
        return [(token, grant_read(row.user_id, token)) for token in row.grants or ()]
    except ProtocolError as error:
        log.error("grant-refused", code=error.code.value)  # noqa: TRY400 - the inside's fault or an old registration's
        raise RefusalError(Refusal.UNAVAILABLE) from error


def _drafted(row: Registration, granted: list[Granted], password: str) -> NewUser:
    try:
        profile = _profile(row, granted[0][1].subject)
        return user_draft(
            row.user_id,
            login=row.login,
            password=password,
            phone=profile.phone,
            full_name=profile.name,
            locale=row.locale,
        )
    except WeakPasswordError as error:
        raise RefusalError(Refusal.WEAK_PASSWORD, reasons=error.reasons) from error
    except UserError as error:
        raise RefusalError(Refusal.NO_PHONE) from error


def _written(token: str | None, new: NewUser, granted: list[Granted], device: Device) -> str:
    """One transaction. Another tab that came first leaves nothing to do here."""
    with living(token) as row:
        assert row.state == "proven"  # from here it goes nowhere but to its end
        if accounts_taken((grant for _, grant in granted), beside=new.id):
            # The same person came first, in another browser and by another of his accounts.
            raise RefusalError(Refusal.ALREADY_LINKED)
        user_insert(new)
        for text, grant in granted:
            grant_take(new.id, text, grant)
        change(row, state="done", facts=b"", typed=None, grants=None, profile=None)
        return session_open(new.id, device, method="registration")


def _profile(row: Registration, subject: str) -> Profile:
    """What the books have of the person, as the inside sealed it to the cabinet. Raises RefusalError unavailable."""
    key = OpeningKey.load(Path(settings.OKNO.opening_key or "").read_bytes())
    try:
        plain = open_sealed(row.profile or "", key, subject=subject, type=PROFILE_GET)
        return msgspec.json.decode(plain, type=Profile)
    except (ProtocolError, msgspec.MsgspecError) as error:
        log.error("profile-unreadable", kind=type(error).__name__)  # noqa: TRY400 - its text may quote what was sealed
        raise RefusalError(Refusal.UNAVAILABLE) from error
