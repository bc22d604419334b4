"""Somebody unknown pays by a link. All he proves is that he holds it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from okno.cabinet.accounts.models import Account
from okno.cabinet.identity.selectors import token_hash_of
from okno.cabinet.kit import rls
from okno.cabinet.kit.audit import audit_write
from okno.cabinet.kit.buckets import take
from okno.cabinet.kit.http.client import Client
from okno.cabinet.kit.problems import Refusal, RefusalError
from okno.cabinet.kit.signals import signal_write
from okno.cabinet.kit.statements import changed, rows
from okno.cabinet.payments.methods import Method
from okno.cabinet.payments.models import Link
from okno.cabinet.payments.selectors import Seen, payment_by_link
from okno.cabinet.payments.services.keeping.contacts import Contact, contact_insert, contact_judge
from okno.cabinet.payments.services.starting import attempt_insert, method_wanted
from okno.protocol.ids import new_id

STANDING = "SELECT id, method = %s AND amount = %s FROM payments_payment WHERE link_id = %s AND key = %s"
PAYMENT = """
    INSERT INTO payments_payment (id, link_id, key, method, amount, currency, locale, contact_id)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""
SHARE = "INSERT INTO payments_share (payment_id, account_id, system, amount) VALUES (%s, %s, %s, %s)"


@dataclass(frozen=True, kw_only=True)
class LinkWish:
    """One action of the payer. `amount`: minor units of `currency`; `key` is the action's own.

    `contact`: where the receipt goes.
    """

    key: UUID
    method: str
    amount: int
    currency: str
    locale: str
    contact: str = ""


def link_look(token: str, client: Client) -> Link:
    """The link of a token, with what its page may show. Raises RefusalError no-link, ThrottledError.

    One that never was, has run out, was taken back, or whose account is closed are the same: a page tells nothing.
    """
    take("link-network", client.network)
    token_hash = token_hash_of(token)
    if token_hash is not None:
        with rls.following(token_hash):
            link = _living(token_hash)
        if link is not None:
            return link
    signal_write("authz_fail", detail={"kind": "link"})
    raise RefusalError(Refusal.NO_LINK)


def link_pay(token: str, wish: LinkWish, client: Client) -> UUID:
    """Begin a payment; the same key gives the same one.

    Raises RefusalError no-link, unknown-method, wrong-amount (with `least` and `most`), wrong-currency, key-taken,
    wrong-contact; ThrottledError.
    """
    take("link-pay-network", client.network)
    seen = link_look(token, client)
    take("link-pay", str(seen.id))
    method = method_wanted(wish.method, wish.currency)
    if wish.currency != seen.currency:
        raise RefusalError(Refusal.WRONG_CURRENCY)
    if not method.least_minor <= wish.amount <= method.most_minor:
        raise RefusalError(Refusal.WRONG_AMOUNT, least=method.least_minor, most=method.most_minor)
    contact = contact_judge(wish.contact, method)
    token_hash = bytes(seen.token_hash)
    with rls.following(token_hash):
        rows("SELECT pg_advisory_xact_lock(hashtextextended(%s, 8))", [str(seen.id)])
        link = _living(token_hash)
        if link is None:
            raise RefusalError(Refusal.NO_LINK)
        found = rows(STANDING, [wish.method, wish.amount, link.id, wish.key])
        if found and not found[0][1]:
            raise RefusalError(Refusal.KEY_TAKEN)
        return found[0][0] if found else _write(link, wish, method, contact)


def link_payment(payment_id: UUID, client: Client) -> Seen:
    """A payment by link, for whoever comes back to its page. Raises NotFoundError, ThrottledError."""
    take("link-network", client.network)
    return payment_by_link(payment_id)


def _living(token_hash: bytes) -> Link | None:
    """In the caller's transaction, with its context."""
    link = Link.objects.filter(token_hash=token_hash, revoked_at__isnull=True, expires_at__gt=datetime.now(UTC)).first()
    if link is None or not Account.objects.filter(id=link.account_id).exclude(status="closed").exists():
        return None
    return link


def _write(link: Link, wish: LinkWish, method: Method, contact: Contact | None) -> UUID:
    payment = UUID(new_id())
    kept = contact_insert(contact, link_id=link.id) if contact is not None else None
    changed(PAYMENT, [payment, link.id, wish.key, wish.method, wish.amount, wish.currency, wish.locale, kept])
    changed(SHARE, [payment, link.account_id, link.system, wish.amount])
    attempt_insert(payment, method)
    audit_write(
        actor=f"link:{link.id}",
        action="payment.start",
        subject=f"payment:{payment}",
        detail={"method": wish.method, "amount": wish.amount, "currency": wish.currency},
    )
    return payment
