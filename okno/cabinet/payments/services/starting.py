"""A customer's wish to pay becomes rows; who speaks with the provider is the till."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from okno.cabinet.accounts.models import Account
from okno.cabinet.accounts.selectors import access_account
from okno.cabinet.kit import rls
from okno.cabinet.kit.audit import audit_write
from okno.cabinet.kit.buckets import take
from okno.cabinet.kit.problems import Refusal, RefusalError
from okno.cabinet.kit.statements import Value, changed, notify, rows
from okno.cabinet.payments.methods import Method
from okno.cabinet.payments.selectors import method_of
from okno.cabinet.payments.services.keeping.cards import card_of_wish
from okno.cabinet.payments.services.keeping.contacts import contact_insert, contact_judge
from okno.protocol.ids import new_id

ATTEMPT_LIVES = timedelta(minutes=30)
#: A provider that did not begin is passed over for so long by the same customer.
PASSED_OVER = timedelta(minutes=10)
SHARES_MAX = 20

PAYMENT = """
    INSERT INTO payments_payment (id, user_id, key, method, amount, currency, locale, contact_id)
    VALUES (%(id)s, %(user)s, %(key)s, %(method)s, %(amount)s, %(currency)s, %(locale)s, %(contact)s)
    ON CONFLICT (user_id, key) DO NOTHING
"""
SHARE = "INSERT INTO payments_share (payment_id, account_id, system, amount) VALUES (%s, %s, %s, %s)"
ATTEMPT = """
    INSERT INTO payments_attempt (id, payment_id, provider, expires_at, save_card, card_id)
    VALUES (%s, %s, %s, %s, %s, %s)
"""
# Row security leaves the customer's own: refused before there was a page, or called more than once in vain.
DUMB = """
    SELECT DISTINCT provider FROM payments_attempt
     WHERE created_at > %s AND go IS NULL AND card_id IS NULL AND (state = 'failed' OR (state = 'created' AND asks > 1))
"""
STANDING = """
    SELECT id, method = %(method)s AND currency = %(currency)s AND (
        SELECT jsonb_object_agg(account_id, amount) FROM payments_share WHERE payment_id = payments_payment.id
    ) = %(shares)s::jsonb
      FROM payments_payment WHERE user_id = %(user)s AND key = %(key)s
"""
# The same money for the same accounts, begun a moment ago in another tab and still open: it is that payment.
TWIN = """
    SELECT payment.id FROM payments_payment payment
      JOIN payments_attempt attempt ON attempt.payment_id = payment.id
     WHERE payment.user_id = %(user)s AND payment.state = 'accepted' AND payment.method = %(method)s
       AND payment.currency = %(currency)s AND attempt.state IN ('created', 'started')
       AND attempt.card_id IS NOT DISTINCT FROM %(card)s AND attempt.save_card = %(save)s
       AND attempt.expires_at > %(now)s + interval '5 minutes' AND payment.locale = %(locale)s
       AND (SELECT jsonb_object_agg(account_id, amount) FROM payments_share WHERE payment_id = payment.id)
           = %(shares)s::jsonb
     ORDER BY payment.created_at DESC LIMIT 1
"""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """One action of the customer. `shares`: minor units of `currency` for each account; `key` is the action's own.

    `card`: a kept one that pays; `save`: he agreed that this one is kept; `contact`: where the receipt goes.
    """

    key: UUID
    method: str
    currency: str
    shares: Mapping[UUID, int]
    locale: str
    card: UUID | None = None
    save: bool = False
    contact: str = ""


def payment_start(*, user_id: UUID, wish: Wish) -> UUID:
    """The payment's id; the same key, or the same wish from another tab, gives the same payment.

    Raises RefusalError unknown-method, wrong-amount (with `least` and `most`), wrong-currency, account-closed,
    key-taken, card-expired, wrong-contact; NotFoundError for an account that the user may not pay and a card that is
    not his; ThrottledError.
    """
    take("payment-start", str(user_id))
    method = method_wanted(wish.method, wish.currency)
    accounts = [access_account(user_id, account_id, right="pay") for account_id in sorted(wish.shares)]
    _check_accounts(accounts, wish.currency)
    amount = _amount(wish, method)
    contact = contact_judge(wish.contact, method)
    if wish.card is not None:
        card_of_wish(user_id, wish.card, method)
    payment_id = UUID(new_id())
    values = _values(user_id, payment_id, wish, amount)
    with rls.acting(user_id):
        # One at a time for one person: two tabs that press at once find each other's payment.
        rows("SELECT pg_advisory_xact_lock(hashtextextended(%s, 4))", [str(user_id)])
        standing = _standing(values)
        if standing is not None:
            return standing
        changed(PAYMENT, {**values, "contact": contact_insert(contact, user_id=user_id) if contact else None})
        for account in accounts:
            changed(SHARE, [payment_id, account.id, account.system_id, wish.shares[account.id]])
        attempt_insert(payment_id, method, card=wish.card, save=wish.save and method.saves and wish.card is None)
        audit_write(
            actor=f"user:{user_id}",
            action="payment.start",
            subject=f"payment:{payment_id}",
            detail={
                "method": method.id,
                "amount": amount,
                "currency": wish.currency,
                "accounts": len(accounts),
                **_kept(wish),
            },
        )
    return payment_id


def payment_again(*, user_id: UUID, payment_id: UUID) -> None:
    """Another attempt of a payment that nothing came of. Raises RefusalError wrong-step while one is open or paid."""
    take("payment-start", str(user_id))
    with rls.acting(user_id):
        found = rows("SELECT method, state FROM payments_payment WHERE id = %s FOR UPDATE", [payment_id])
        method = method_of(found[0][0]) if found else None
        if not found or found[0][1] != "closed":
            raise RefusalError(Refusal.WRONG_STEP)
        if method is None or method.off is not None:
            raise RefusalError(Refusal.UNKNOWN_METHOD)
        changed("UPDATE payments_payment SET state = 'accepted' WHERE id = %s", [payment_id])
        attempt_insert(payment_id, method)


def method_wanted(name: str, currency: str) -> Method:
    """A way that can be chosen now. Raises RefusalError unknown-method, wrong-currency."""
    method = method_of(name)
    if method is None or method.off is not None:
        raise RefusalError(Refusal.UNKNOWN_METHOD)
    if method.currency != currency:
        raise RefusalError(Refusal.WRONG_CURRENCY)
    return method


def _check_accounts(accounts: list[Account], currency: str) -> None:
    for account in accounts:
        if account.currency != currency:
            raise RefusalError(Refusal.WRONG_CURRENCY)
        if account.status == "closed":
            raise RefusalError(Refusal.ACCOUNT_CLOSED)


def _amount(wish: Wish, method: Method) -> int:
    amount = sum(wish.shares.values())
    if not wish.shares or len(wish.shares) > SHARES_MAX or min(wish.shares.values()) <= 0:
        raise RefusalError(Refusal.WRONG_AMOUNT, least=method.least_minor, most=method.most_minor)
    if not method.least_minor <= amount <= method.most_minor:
        raise RefusalError(Refusal.WRONG_AMOUNT, least=method.least_minor, most=method.most_minor)
    return amount


def _values(user_id: UUID, payment_id: UUID, wish: Wish, amount: int) -> dict[str, Value]:
    shares = ",".join(f'"{account}":{minor}' for account, minor in sorted(wish.shares.items()))
    return {
        "id": payment_id,
        "user": user_id,
        "key": wish.key,
        "method": wish.method,
        "amount": amount,
        "currency": wish.currency,
        "locale": wish.locale,
        "shares": f"{{{shares}}}",
        "card": wish.card,
        "save": wish.save and wish.card is None,
        "now": datetime.now(UTC),
    }


def _standing(values: dict[str, Value]) -> UUID | None:
    found = rows(STANDING, values)
    if found and not found[0][1]:
        raise RefusalError(Refusal.KEY_TAKEN)
    found = found or rows(TWIN, values)
    return found[0][0] if found else None


def _kept(wish: Wish) -> dict[str, bool]:
    """His consent to keep the card, and that a kept one pays: on record."""
    return {name: True for name, agreed in (("saves_card", wish.save), ("by_card", wish.card is not None)) if agreed}


def attempt_insert(payment_id: UUID, method: Method, *, card: UUID | None = None, save: bool = False) -> None:
    """One try at the first provider of the way that begins at all. In the caller's transaction and context."""
    now = datetime.now(UTC)
    dumb = {provider for (provider,) in rows(DUMB, [now - PASSED_OVER])}
    # A kept card is known to one provider alone.
    provider = method.provider if card else method.served(dumb)
    changed(ATTEMPT, [new_id(), payment_id, provider, now + ATTEMPT_LIVES, save, card])
    notify("okno_till")
