"""A customer makes a link for one of his accounts, and takes it back."""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from uuid import UUID

from okno.cabinet.accounts.selectors import NotFoundError, access_account
from okno.cabinet.identity.selectors import TOKEN_BYTES
from okno.cabinet.kit import rls
from okno.cabinet.kit.audit import audit_write
from okno.cabinet.kit.buckets import take
from okno.cabinet.kit.problems import Refusal, RefusalError
from okno.cabinet.kit.statements import changed, rows
from okno.cabinet.payments.models import Link
from okno.protocol.ids import new_id
from okno.protocol.strict import base64url

DAYS_MAX = 90
#: Of one account at once: more are a mistake of somebody's script.
OPEN_MAX = 20

OPEN = """
    SELECT count(*) FROM payments_link
     WHERE user_id = %s AND account_id = %s AND revoked_at IS NULL AND expires_at > now()
"""
REVOKE = "UPDATE payments_link SET revoked_at = now() WHERE id = %s AND revoked_at IS NULL"


def link_make(*, user_id: UUID, account_id: UUID, amount: int | None, days: int) -> tuple[UUID, str]:
    """Its id, and the token that this answer alone shows. `amount`: minor units of the account, proposed to the payer.

    Raises NotFoundError, RefusalError account-closed, bad-request, ThrottledError.
    """
    take("link-make", str(user_id))
    account = access_account(user_id, account_id, right="pay")
    if account.status == "closed":
        raise RefusalError(Refusal.ACCOUNT_CLOSED)
    raw = secrets.token_bytes(TOKEN_BYTES)
    link = Link(
        id=UUID(new_id()),
        token_hash=hashlib.sha256(raw).digest(),
        user_id=user_id,
        account_id=account.id,
        system=account.system_id,
        tail=account.tail,
        currency=account.currency,
        amount=amount,
        expires_at=datetime.now(UTC) + timedelta(days=days),
    )
    with rls.acting(user_id):
        ((standing,),) = rows(OPEN, [user_id, account_id])
        if standing >= OPEN_MAX:
            raise RefusalError(Refusal.BAD_REQUEST)
        link.save(force_insert=True)
        audit_write(
            actor=f"user:{user_id}",
            action="link.make",
            subject=f"link:{link.id}",
            detail={"account": str(account_id), "amount": amount, "days": days},
        )
    return link.id, base64url.encode(raw)


def link_revoke(*, user_id: UUID, link_id: UUID) -> None:
    """From now on it is the same as none; what is being paid by it goes on. Raises NotFoundError."""
    with rls.acting(user_id):
        if not Link.objects.filter(id=link_id, user_id=user_id).exists():
            raise NotFoundError("link")
        if changed(REVOKE, [link_id]):
            audit_write(actor=f"user:{user_id}", action="link.revoke", subject=f"link:{link_id}")
