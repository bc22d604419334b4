"""One-time codes by SMS: bound to a session and a purpose, kept as an HMAC whose key is not in the database.

Tries are counted in SQL, in a transaction of their own, before the code is looked at, so parallel guesses cannot
outrun the limit; a resend replaces the code and keeps the count. One UPDATE uses a code up.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from uuid import UUID

from django.conf import settings

from okno.cabinet.identity.models import User
from okno.cabinet.identity.selectors import PROOF, SIGN_IN, Visitor
from okno.cabinet.kit import rls
from okno.cabinet.kit.buckets import take, window
from okno.cabinet.kit.statements import Value, rows
from okno.cabinet.notices.services import sms_enqueue
from okno.protocol.ids import new_id

DIGITS = 6
LIFETIME = timedelta(minutes=5)
TRIES_MAX = 5

TEXTS = {
    (SIGN_IN, "ru"): "Код для входа в личный кабинет: {code}. Никому его не сообщайте.\n\n@{host} #{code}",
    (SIGN_IN, "en"): "Your sign-in code: {code}. Do not tell it to anybody.\n\n@{host} #{code}",
    (PROOF, "ru"): "Код, чтобы изменить настройки оплаты: {code}. Никому его не сообщайте.\n\n@{host} #{code}",
    (PROOF, "en"): "Your code to change how you pay: {code}. Do not tell it to anybody.\n\n@{host} #{code}",
}

PUT = """
    INSERT INTO identity_challenge AS challenge (id, user_id, session_id, purpose, code_mac, sent_at, expires_at)
    VALUES (%(id)s, %(user)s, %(session)s, %(purpose)s, %(mac)s, clock_timestamp(), clock_timestamp() + %(lifetime)s)
    ON CONFLICT (session_id, purpose) DO UPDATE
        SET code_mac = excluded.code_mac, sent_at = excluded.sent_at, expires_at = excluded.expires_at, used_at = NULL,
            tries = CASE WHEN challenge.used_at IS NULL THEN challenge.tries ELSE 0 END
        WHERE (challenge.used_at IS NULL AND challenge.tries < %(tries_max)s)
            OR (challenge.used_at IS NOT NULL AND challenge.purpose = %(again)s)
    RETURNING id
"""

COUNT = """
    UPDATE identity_challenge SET tries = tries + 1
    WHERE session_id = %s AND purpose = %s AND used_at IS NULL AND tries < %s AND expires_at > clock_timestamp()
    RETURNING tries
"""

ALIVE = """
    SELECT 1 FROM identity_challenge WHERE session_id = %s AND purpose = %s AND used_at IS NULL AND tries < %s
"""

USE_UP = """
    UPDATE identity_challenge SET used_at = clock_timestamp()
    WHERE session_id = %s AND purpose = %s AND used_at IS NULL AND code_mac = %s AND expires_at > clock_timestamp()
    RETURNING id
"""


class Verdict(Enum):
    """What became of one try."""

    COUNTED = "counted"
    EXPIRED = "expired"
    SPENT = "spent"


@dataclass(frozen=True)
class Try:
    """A try that was counted (`tries_left` after it), or why it was not even looked at."""

    verdict: Verdict
    tries_left: int = 0


@dataclass(frozen=True)
class Sent:
    """Seconds until another code may be asked for, and until this one expires."""

    resend_after_s: int
    expires_in_s: int


def sms_reserve(user: User) -> None:
    """Take one SMS out of the budgets of its phone and of all; before the transaction that sends it."""
    for scope in ("sms-phone-30s", "sms-phone-hour", "sms-phone-day"):
        take(scope, user.phone_key)
    take("sms-global-minute", "all")


def code_send(user: User, session_id: UUID, purpose: str = SIGN_IN) -> Sent | None:
    """A new code, killing the old one; None when the session's tries are used up. In the caller's transaction.

    A session signs in once; it may be proved again and again, each time with tries of its own.
    """
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    values: dict[str, Value] = {"id": new_id(), "user": user.id, "session": session_id, "purpose": purpose}
    values |= {"mac": code_mac(session_id, purpose, code), "lifetime": LIFETIME, "tries_max": TRIES_MAX}
    values["again"] = PROOF
    if not rows(PUT, values):
        return None
    text = TEXTS[purpose, user.locale].format(code=code, host=settings.OKNO.portal_hosts[0])
    sms_enqueue(to_sealed=user.phone_sealed, purpose=purpose, text=text, lifetime=LIFETIME)
    return Sent(window("sms-phone-30s").per_s, int(LIFETIME.total_seconds()))


def try_count(visitor: Visitor, purpose: str = SIGN_IN) -> Try:
    """Raise the counter and commit, before anybody looks at the code."""
    values: list[Value] = [visitor.session_id, purpose, TRIES_MAX]
    with rls.acting(visitor.user_id):
        counted = rows(COUNT, values)
        alive = rows(ALIVE, values)
    if counted:
        return Try(Verdict.COUNTED, TRIES_MAX - counted[0][0])
    return Try(Verdict.EXPIRED if alive else Verdict.SPENT)


def code_use_up(visitor: Visitor, code: str, purpose: str = SIGN_IN) -> bool:
    """Whether this is the code in force; True once only. In the caller's transaction, with its context."""
    return bool(rows(USE_UP, [visitor.session_id, purpose, code_mac(visitor.session_id, purpose, code)]))


def code_mac(session_id: UUID, purpose: str, code: str) -> bytes:
    """What stands in the database instead of the code. Any text is allowed: a code that is no digits is just wrong."""
    text = f"code|{session_id}|{purpose}|{code}".encode()
    return hmac.digest(settings.OKNO.pepper_bytes, text, hashlib.sha256)
