"""A customer makes a rule, lets it rest, ends it; and stops a charge that he was told of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError

from okno.cabinet.accounts.selectors import NotFoundError, access_account
from okno.cabinet.kit import rls
from okno.cabinet.kit.audit import audit_write
from okno.cabinet.kit.problems import Refusal, RefusalError
from okno.cabinet.kit.statements import Value, changed, notify, rows
from okno.cabinet.payments.methods import Method
from okno.cabinet.payments.selectors import access_card
from okno.cabinet.payments.services.autopaying.calendar import DAYS_MAX, PAUSE, Kind, look_next
from okno.cabinet.payments.services.keeping.cards import card_check
from okno.cabinet.payments.services.keeping.contacts import contact_insert, contact_judge
from okno.protocol.ids import new_id

INSERT = """
    INSERT INTO payments_autopay (id, user_id, account_id, system, card_id, method, currency, kind, day, ceiling,
        contact_id, locale, look_at)
    VALUES (%(id)s, %(user)s, %(account)s, %(system)s, %(card)s, %(method)s, %(currency)s, %(kind)s, %(day)s,
        %(ceiling)s, %(contact)s, %(locale)s, %(look_at)s)
"""
MOVE = "UPDATE payments_autopay SET state = %s, look_at = %s WHERE id = %s AND state = ANY(%s)"
STOP_ALL = """
    UPDATE payments_autopay_turn SET state = 'stopped', act_at = NULL WHERE rule_id = %s AND state = 'announced'
"""
STOP = """
    UPDATE payments_autopay_turn SET state = 'stopped', act_at = NULL
     WHERE id = %s AND rule_id = %s AND state = 'announced'
"""
LATER = "UPDATE payments_autopay SET look_at = %s WHERE id = %s AND state = 'on'"
RULE = "SELECT kind, day, state, card_id FROM payments_autopay WHERE id = %s AND user_id = %s FOR UPDATE"


@dataclass(frozen=True, kw_only=True)
class RuleWish:
    """`ceiling`: minor units of the account's currency; `day`: 1 to 28, of kind `day` alone."""

    account: UUID
    card: UUID
    kind: Kind
    day: int | None
    ceiling: int
    contact: str
    locale: str


def autopay_make(*, user_id: UUID, wish: RuleWish) -> UUID:
    """The rule's id. Raises NotFoundError for an account or a card that is not his.

    RefusalError wrong-amount (no way takes such a ceiling), unknown-method (none pays by this card), card-expired,
    wrong-contact, bad-request (the day), wrong-step (an account has one rule).
    """
    account = access_account(user_id, wish.account, right="pay")
    card = access_card(user_id, wish.card)
    card_check(card)
    if (wish.kind == "day") != (wish.day is not None) or not 1 <= (wish.day or 1) <= DAYS_MAX:
        raise RefusalError(Refusal.BAD_REQUEST)
    method = _method(card.provider, account.currency)
    if not method.least_minor <= wish.ceiling <= method.most_minor:
        raise RefusalError(Refusal.WRONG_AMOUNT, least=method.least_minor, most=method.most_minor)
    contact = contact_judge(wish.contact, method)
    rule_id = UUID(new_id())
    try:
        with rls.acting(user_id):
            values: dict[str, Value] = {
                "id": rule_id,
                "user": user_id,
                "account": account.id,
                "system": account.system_id,
                "card": card.id,
                "method": method.id,
                "currency": account.currency,
                "kind": wish.kind,
                "day": wish.day,
                "ceiling": wish.ceiling,
                "contact": contact_insert(contact, user_id=user_id) if contact else None,
                "locale": wish.locale,
                "look_at": look_next(wish.kind, wish.day, datetime.now(UTC), _zone()),
            }
            changed(INSERT, values)
            _told(user_id, rule_id, "make")
    except IntegrityError:
        raise RefusalError(Refusal.WRONG_STEP) from None
    return rule_id


def autopay_pause(*, user_id: UUID, rule_id: UUID) -> None:
    """It rests; what was announced is stopped. Raises NotFoundError, RefusalError wrong-step."""
    _move(user_id, rule_id, "paused", ("on",))


def autopay_end(*, user_id: UUID, rule_id: UUID) -> None:
    """No more; what was announced is stopped. Raises NotFoundError, RefusalError wrong-step."""
    _move(user_id, rule_id, "ended", ("on", "paused"))


def autopay_resume(*, user_id: UUID, rule_id: UUID) -> None:
    """It looks again from now on. Raises NotFoundError (also where its card is gone), RefusalError as `card_check`."""
    with rls.acting(user_id):
        found = rows(RULE, [rule_id, user_id])
    if not found:
        raise NotFoundError("autopay")
    card_check(access_card(user_id, found[0][3]))
    _move(user_id, rule_id, "on", ("paused",))


def turn_stop(*, user_id: UUID, rule_id: UUID, turn_id: UUID) -> None:
    """Take nothing this once. Raises NotFoundError, RefusalError wrong-step once it has begun."""
    with rls.acting(user_id):
        found = rows(RULE, [rule_id, user_id])
        if not found:
            raise NotFoundError("autopay")
        if not changed(STOP, [turn_id, rule_id]):
            raise RefusalError(Refusal.WRONG_STEP)
        kind, day, _, _ = found[0]
        changed(LATER, [look_next(kind, day, datetime.now(UTC) + PAUSE, _zone()), rule_id])
        _told(user_id, rule_id, "stop")


def _move(user_id: UUID, rule_id: UUID, state: str, before: tuple[str, ...]) -> None:
    with rls.acting(user_id):
        found = rows(RULE, [rule_id, user_id])
        if not found:
            raise NotFoundError("autopay")
        kind, day, _, _ = found[0]
        look_at = look_next(kind, day, datetime.now(UTC), _zone()) if state == "on" else None
        if not changed(MOVE, [state, look_at, rule_id, list(before)]):
            raise RefusalError(Refusal.WRONG_STEP)
        if state != "on":
            changed(STOP_ALL, [rule_id])
        _told(user_id, rule_id, state)


def _told(user_id: UUID, rule_id: UUID, what: str) -> None:
    audit_write(actor=f"user:{user_id}", action=f"autopay.{what}", subject=f"autopay:{rule_id}")
    notify("okno_till")


def _method(provider: str, currency: str) -> Method:
    methods: tuple[Method, ...] = settings.OKNO.methods
    able = [each for each in methods if each.saves and each.provider == provider and each.currency == currency]
    if not able:
        raise RefusalError(Refusal.UNKNOWN_METHOD)
    return next((each for each in able if each.off is None), able[0])


def _zone() -> ZoneInfo:
    return ZoneInfo(settings.OKNO.time_zone)
