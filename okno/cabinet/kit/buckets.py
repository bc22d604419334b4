"""Throttles: token buckets in SQL, exact under concurrency, one row per scope and thing.

Each window is a scope of its own, so none feeds or empties another. The thing is kept as a keyed hash. A token is taken
in its own statement outside of the caller's transaction: a later failure never gives it back.
"""

import hashlib
import hmac
import math
from dataclasses import dataclass

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, transaction

from okno.cabinet.kit.statements import Value, changed, rows

KEY_CHARS = 32


@dataclass(frozen=True)
class Window:
    """At most `capacity` at once, refilled evenly within `per_s` seconds."""

    capacity: int
    per_s: int


# Overridden by `limits` of the instance's settings. An address may stand for a whole mobile network, so its budget is
# wide, and the login's own is what stops a guesser.
WINDOWS = {
    "payment-start": Window(20, 600),
    "signin-network": Window(120, 300),
    "signin-address": Window(60, 300),
    "signin-login": Window(10, 900),
    "signin-global": Window(3000, 60),
    "code-network": Window(120, 300),
    "code-user-day": Window(10, 86_400),
    "sms-phone-30s": Window(1, 30),
    "sms-phone-hour": Window(3, 3600),
    "sms-phone-day": Window(6, 86_400),
    "sms-global-minute": Window(600, 60),
    # Rules 3.2 of the security reference. Of the account as typed nobody is told: the answer stays the same.
    "registration-network": Window(20, 3600),
    "registration-address": Window(10, 3600),
    "registration-account": Window(5, 86_400),
    "registration-global": Window(600, 60),
    "registration-code-account": Window(10, 86_400),
    "refresh-account": Window(2, 60),
    "documents-ask": Window(30, 3600),
    # Each is made anew: some milliseconds of a processor.
    "documents-file": Window(60, 600),
    # Each is work for a person.
    "appeal-raise": Window(20, 3600),
    # Letters with a link to a document: of a customer, and to an address whoever asks (nobody is to be flooded by us).
    "letter-user": Window(10, 3600),
    "letter-address": Window(6, 86_400),
    "desk-network": Window(30, 300),
    # Links that anybody pays by. A token cannot be guessed; these only keep a crowd from being a load.
    "link-make": Window(20, 3600),
    "link-network": Window(240, 300),
    "link-pay-network": Window(30, 600),
    "link-pay": Window(30, 600),
    "promise-ask": Window(10, 3600),
    # Of one agent: all calls, and numbers that nobody here knows yet, which the inside is asked about.
    "agent-call": Window(1200, 60),
    "agent-ask": Window(120, 60),
    # Of one member of staff: account numbers that the inside is asked about.
    "desk-number": Window(30, 300),
    # Of the person, whichever link and network a try came by.
    "desk-code": Window(5, 300),
    "desk-code-day": Window(60, 86_400),
}

LEFT = """LEAST(%(capacity)s,
    bucket.tokens + GREATEST(0, extract(epoch FROM clock_timestamp() - bucket.updated_at)) * %(rate)s)"""

TAKE = f"""
    INSERT INTO kit_bucket AS bucket (scope, key, tokens, updated_at)
    VALUES (%(scope)s, %(key)s, %(capacity)s - 1, clock_timestamp())
    ON CONFLICT (scope, key) DO UPDATE SET tokens = {LEFT} - 1, updated_at = clock_timestamp() WHERE {LEFT} >= 1
    RETURNING tokens
"""  # noqa: S608 (only constants)

WAIT = f"SELECT (1 - {LEFT}) / %(rate)s FROM kit_bucket bucket WHERE scope = %(scope)s AND key = %(key)s"  # noqa: S608

GIVE = f"""
    UPDATE kit_bucket bucket SET tokens = LEAST(%(capacity)s, {LEFT} + 1), updated_at = clock_timestamp()
    WHERE scope = %(scope)s AND key = %(key)s
"""  # noqa: S608 (only constants)


class ThrottledError(Exception):
    """A limit is reached; `retry_after_s` whole seconds until one token is back."""

    def __init__(self, scope: str, retry_after_s: int) -> None:
        super().__init__(scope)
        self.scope = scope
        self.retry_after_s = retry_after_s


def window(scope: str) -> Window:
    """The limit in force: of the instance, else the default."""
    own = settings.OKNO.limits.get(scope)
    return Window(own.capacity, own.per_s) if own else WINDOWS[scope]


def take(scope: str, thing: str, *, using: str = DEFAULT_DB_ALIAS) -> None:
    """Use up one token or raise ThrottledError. May not stand inside a transaction."""
    assert not transaction.get_connection(using).in_atomic_block
    values = _values(scope, thing)
    if rows(TAKE, values, using=using):
        return
    ((wait_s,),) = rows(WAIT, values, using=using)
    raise ThrottledError(scope, max(1, math.ceil(wait_s)))


def give_back(scope: str, thing: str, *, using: str = DEFAULT_DB_ALIAS) -> None:
    """Return one token: what was counted before the check turned out to be no failure."""
    changed(GIVE, _values(scope, thing), using=using)


def _values(scope: str, thing: str) -> dict[str, Value]:
    limit = window(scope)
    mac = hmac.new(settings.OKNO.pepper_bytes, f"bucket|{scope}|{thing}".encode(), hashlib.sha256)
    return {
        "scope": scope,
        "key": mac.hexdigest()[:KEY_CHARS],
        "capacity": float(limit.capacity),
        "rate": limit.capacity / limit.per_s,
    }
