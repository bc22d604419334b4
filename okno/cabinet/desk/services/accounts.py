"""The account that staff means: by its number as it stands in papers, or one of the same customer's by its last signs.

Numbers are kept nowhere in the public zone. One that agents have named before is known by its keyed hash; about any
other the inside is asked, and the page waits for the answer, a few seconds at most and a few pages at a time.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, cast
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import connections, transaction

from okno.cabinet.desk.services.entering import DATABASE
from okno.cabinet.kit.buckets import ThrottledError, take
from okno.cabinet.kit.keyring import keyring
from okno.cabinet.kit.outbox.labels import labels_of
from okno.cabinet.kit.processes.dispatcher import Connection
from okno.cabinet.kit.statements import rows
from okno.cabinet.payments.services.finding.numbers import number_ask, number_key
from okno.protocol.errors import ProtocolError
from okno.protocol.messages import Payable

NUMBER_CHARS_MAX = 40
POLL_S = 0.05
WAIT_S = 4.0
#: Pages of staff that wait for the inside at one moment, in one process.
WAITING_MAX = 2

_waiting = threading.BoundedSemaphore(WAITING_MAX)

NumberCode = Literal[
    "no-account",  # nobody has this number, or nothing can be paid to it
    "no-answer",  # the inside is away or slow
    "too-often",
]

KNOWN = "SELECT payments_account_of(%s)"
ANSWER = "SELECT state, reply FROM payments_number_answer(%s)"
# Whoever may see the one may see the others: the same customer's, as far as the cabinet knows them.
BESIDE = """
    SELECT DISTINCT account.id, account.tail, account.balance, account.currency
      FROM accounts_access own JOIN accounts_access other ON other.user_id = own.user_id
      JOIN accounts_account account ON account.id = other.account_id
     WHERE own.account_id = %(account)s AND own.until > now() AND other.until > now()
       AND account.id <> %(account)s AND account.currency = %(currency)s AND account.status <> 'closed'
     ORDER BY account.tail, account.id LIMIT 20
"""

# A number belongs to an accounting: that of the account that the money stands on now.
OF_POSTING = """
    SELECT account.id, account.system_id, account.currency FROM payments_posting posting
      JOIN accounts_account account ON account.id = posting.account_id WHERE posting.id = %s
"""


class NumberError(Exception):
    """No account could be found by what was typed."""

    def __init__(self, code: NumberCode) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Beside:
    """Another account of the same customer. `balance`: minor units."""

    id: UUID
    tail: str
    balance: int
    currency: str


def accounts_beside(account: UUID, currency: str) -> list[Beside]:
    """Those of the customers who see this one, of the same currency and not closed."""
    return [Beside(*row) for row in rows(BESIDE, {"account": account, "currency": currency}, using=DATABASE)]


def move_target(*, posting: UUID, chosen: UUID | None, number: str, staff: int, address: str) -> UUID:
    """Where a posting is to be moved: an account of the same customer as chosen, else the one of a number.

    Raises NumberError.
    """
    found = rows(OF_POSTING, [posting], using=DATABASE)
    if not found:
        raise NumberError("no-account")
    account, system, currency = found[0]
    if chosen is None:
        return account_numbered(number, system=system, staff=staff, address=address)
    if chosen not in {one.id for one in accounts_beside(account, currency)}:
        raise NumberError("no-account")
    return chosen


def account_numbered(number: str, *, system: str, staff: int, address: str) -> UUID:
    """Whose number it is in an accounting. Raises NumberError. May not stand inside a transaction."""
    typed = " ".join(number.split())
    if not 0 < len(typed) <= NUMBER_CHARS_MAX:
        raise NumberError("no-account")
    key = number_key(settings.OKNO.pepper_bytes, system, typed)
    ((known,),) = rows(KNOWN, [key], using=DATABASE)
    return known if known is not None else _asked(typed, system, staff, address)


def _asked(number: str, system: str, staff: int, address: str) -> UUID:
    try:
        take("desk-number", f"staff:{staff}", using=DATABASE)
    except ThrottledError as error:
        raise NumberError("too-often") from error
    if not _waiting.acquire(blocking=False):
        raise NumberError("no-answer")
    try:
        told = _reply(_ask(number, system, address))
    except ProtocolError as error:
        # No key of the accounting's is in force: nothing can be asked.
        raise NumberError("no-answer") from error
    finally:
        _waiting.release()
    if not told.payable or told.account is None:
        raise NumberError("no-account")
    return UUID(told.account)


def _ask(number: str, system: str, address: str) -> UUID:
    with transaction.atomic(using=DATABASE):
        connections[DATABASE].ensure_connection()
        return number_ask(
            cast("Connection", connections[DATABASE].connection),
            keyring(),
            datetime.now(UTC),
            system=system,
            number=number,
            labels=labels_of(address, account=number),
            priority=0,
        )


def _reply(question: UUID) -> Payable:
    """The answer as soon as the relay, which has checked it, has written it down. Raises NumberError no-answer."""
    until = time.monotonic() + WAIT_S
    while True:
        ((state, reply),) = rows(ANSWER, [question], using=DATABASE)
        if reply is not None:
            return msgspec.json.decode(reply, type=Payable)
        if state in {"done", "failed"} or time.monotonic() >= until:
            raise NumberError("no-answer")
        time.sleep(POLL_S)
