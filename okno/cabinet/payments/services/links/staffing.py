"""Staff makes a link for somebody's account, and takes it back: the same limits as a customer's own. As role okno_desk.

Whoever gets it pays as by any link; it stands in nobody's portal, since it is of nobody who signs in.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from uuid import UUID

from django.db import transaction

from okno.cabinet.identity.selectors import TOKEN_BYTES
from okno.cabinet.kit.audit import Detail, audit_write
from okno.cabinet.kit.buckets import take
from okno.cabinet.kit.problems import Refusal, RefusalError
from okno.cabinet.kit.statements import changed, rows
from okno.cabinet.payments.services.links.making import DAYS_MAX, OPEN_MAX, REVOKE
from okno.protocol.errors import ProtocolError
from okno.protocol.ids import new_id
from okno.protocol.money.amount import Money
from okno.protocol.strict import base64url

DATABASE = "desk"
PURPOSE_CHARS_MAX = 100

LINE = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 9))"
ACCOUNT = "SELECT system_id, tail, currency, status FROM accounts_account WHERE id = %s"
OPEN = """
    SELECT count(*) FROM payments_link
     WHERE made_by <> '' AND account_id = %s AND revoked_at IS NULL AND expires_at > now()
"""
MAKE = """
    INSERT INTO payments_link (id, token_hash, account_id, system, tail, currency, amount, expires_at, made_by, purpose)
    VALUES (%s, %s, %s, %s, %s, %s, %s, now() + %s, %s, %s)
"""
STANDS = "SELECT FROM payments_link WHERE id = %s AND made_by <> ''"


def staff_link_make(*, staff: int, account: UUID, amount: str, days: int, purpose: str) -> tuple[UUID, str]:
    """Its id, and the token that this answer alone shows. `amount`: as typed, empty proposes none.

    Raises RefusalError not-found, account-closed, wrong-amount, bad-request (days, purpose, too many of the account);
    ThrottledError.
    """
    take("link-make", f"staff:{staff}", using=DATABASE)
    what = " ".join(purpose.split())
    if not 1 <= days <= DAYS_MAX or len(what) > PURPOSE_CHARS_MAX:
        raise RefusalError(Refusal.BAD_REQUEST)
    found = rows(ACCOUNT, [account], using=DATABASE)
    if not found:
        raise RefusalError(Refusal.NOT_FOUND)
    system, tail, currency, status = found[0]
    if status == "closed":
        raise RefusalError(Refusal.ACCOUNT_CLOSED)
    minor = _minor(amount, currency)
    link, raw, actor = new_id(), secrets.token_bytes(TOKEN_BYTES), f"staff:{staff}"
    with transaction.atomic(using=DATABASE):
        rows(LINE, [str(account)], using=DATABASE)
        ((standing,),) = rows(OPEN, [account], using=DATABASE)
        if standing >= OPEN_MAX:
            raise RefusalError(Refusal.BAD_REQUEST)
        token_hash = hashlib.sha256(raw).digest()
        lifetime = timedelta(days=days)
        row = [link, token_hash, account, system, tail, currency, minor, lifetime, actor, what]
        changed(MAKE, row, using=DATABASE)
        detail: Detail = {"account": str(account), "amount": minor, "days": days}
        audit_write(actor=actor, action="link.make", subject=f"link:{link}", detail=detail, using=DATABASE)
    return UUID(link), base64url.encode(raw)


def staff_link_revoke(*, staff: int, link: UUID) -> None:
    """From now on it is the same as none. A customer's own link is his alone. Raises RefusalError not-found."""
    with transaction.atomic(using=DATABASE):
        if not rows(STANDS, [link], using=DATABASE):
            raise RefusalError(Refusal.NOT_FOUND)
        if changed(REVOKE, [link], using=DATABASE):
            audit_write(actor=f"staff:{staff}", action="link.revoke", subject=f"link:{link}", using=DATABASE)


def _minor(amount: str, currency: str) -> int | None:
    """Raises RefusalError wrong-amount."""
    if not amount.strip():
        return None
    try:
        minor = Money.parse(amount.strip().replace(",", "."), currency).minor
    except ProtocolError as error:
        raise RefusalError(Refusal.WRONG_AMOUNT) from error
    if minor <= 0:
        raise RefusalError(Refusal.WRONG_AMOUNT)
    return minor
