"""Turns of rules: announced, charged a day later, tried again by the plan, ended. Plain SQL, the till's alone.

Every step is one transaction that locks its row, and the payment of a turn bears the turn's id as its key: a till that
is killed anywhere has either done a step or not begun it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from okno.cabinet.kit import notice_binding as binding
from okno.cabinet.kit.processes.dispatcher import Connection
from okno.cabinet.kit.processes.rows import audit_write
from okno.cabinet.payments.providers.port import AUTHENTICATION, FINAL, Provider
from okno.cabinet.payments.services.autopaying.calendar import PAUSE, RETRIES, Kind, charge_at, look_next
from okno.cabinet.payments.services.autopaying.words import text_of
from okno.protocol.ids import new_id
from okno.protocol.keys import Keyring
from okno.protocol.money.amount import Money
from okno.protocol.sealing import seal

ATTEMPT_LIVES = timedelta(minutes=30)
#: A payment that is under way is looked at again so soon.
WATCH = timedelta(seconds=15)
SMS_LIVES = timedelta(hours=20)

RULE = """
    SELECT rule.id::text, rule.user_id::text, rule.account_id::text, rule.system, rule.card_id::text, rule.method,
           rule.currency, rule.kind, rule.day, rule.ceiling, rule.contact_id::text, rule.locale, rule.state,
           card.provider, card.title, COALESCE(card.expires, '9999-12'), card.removed_at IS NULL,
           COALESCE(account.tail, ''),
           CASE WHEN account.status <> 'closed' AND account.currency = rule.currency AND EXISTS (
                    SELECT FROM accounts_access allowed WHERE allowed.user_id = rule.user_id
                       AND allowed.account_id = rule.account_id AND allowed."right" = 'pay' AND allowed.until > %(now)s)
                THEN account.balance - COALESCE((SELECT sum(posting.amount) FROM payments_posting posting
                    WHERE posting.account_id = rule.account_id AND posting.state = 'sent'), 0)
                ELSE 0 END::bigint
      FROM payments_autopay rule JOIN payments_card card ON card.id = rule.card_id
      LEFT JOIN accounts_account account ON account.id = rule.account_id
"""
LOOKS = RULE + " WHERE rule.look_at <= %(now)s ORDER BY rule.look_at LIMIT %(most)s FOR UPDATE OF rule SKIP LOCKED"
# The rule first, as its owner locks them: one who has it in hand is waited for by coming again.
OF_TURN = RULE + " WHERE rule.id = %(rule)s FOR UPDATE OF rule SKIP LOCKED"
BUSY = "SELECT FROM payments_autopay_turn WHERE rule_id = %s AND state IN ('announced', 'charging')"
LOOKED = "UPDATE payments_autopay SET look_at = %s WHERE id = %s AND state = 'on'"
ANNOUNCE = """
    INSERT INTO payments_autopay_turn (id, rule_id, due_on, amount, state, reason, act_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (rule_id, due_on) DO NOTHING
"""
TURNS = """
    SELECT id::text, rule_id::text FROM payments_autopay_turn WHERE act_at <= %s ORDER BY act_at LIMIT %s
"""
TURN = """
    SELECT turn.amount, turn.state, turn.tries, payment.id::text, payment.state
      FROM payments_autopay_turn turn LEFT JOIN payments_payment payment ON payment.id = turn.payment_id
     WHERE turn.id = %s AND turn.act_at <= %s FOR UPDATE OF turn SKIP LOCKED
"""
PAYMENT = """
    INSERT INTO payments_payment (id, user_id, key, method, amount, currency, locale, contact_id)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""
SHARE = "INSERT INTO payments_share (payment_id, account_id, system, amount) VALUES (%s, %s, %s, %s)"
ATTEMPT = """
    INSERT INTO payments_attempt (id, payment_id, provider, expires_at, card_id, unattended)
    VALUES (%s, %s, %s, %s, %s, true)
"""
CHARGED = """
    UPDATE payments_autopay_turn SET state = 'charging', amount = %s, payment_id = %s, tries = 1, act_at = %s
     WHERE id = %s
"""
AGAIN = "UPDATE payments_payment SET state = 'accepted' WHERE id = %s AND state = 'closed'"
TRIED = "UPDATE payments_autopay_turn SET tries = tries + 1, act_at = %s, reason = '' WHERE id = %s"
WATCHED = "UPDATE payments_autopay_turn SET act_at = %s WHERE id = %s"
WAITING = "UPDATE payments_autopay_turn SET act_at = %s, reason = 'again' WHERE id = %s"
ENDED = "UPDATE payments_autopay_turn SET state = %s, reason = %s, act_at = NULL WHERE id = %s"
# The turn's word and the last attempt's.
WHY = """
    SELECT turn.reason, attempt.reason
      FROM payments_autopay_turn turn LEFT JOIN payments_attempt attempt ON attempt.payment_id = turn.payment_id
     WHERE turn.id = %s ORDER BY attempt.number DESC LIMIT 1
"""
PERSON = "SELECT phone_sealed FROM identity_user WHERE id = %s"
MESSAGE = """
    INSERT INTO notices_message (id, purpose, channel, to_sealed, body_sealed, expires_at)
    VALUES (%s, 'autopay', 'sms', %s, %s, %s)
"""
DUE = """
    SELECT min(moment) FROM (
        SELECT min(look_at) AS moment FROM payments_autopay UNION ALL SELECT min(act_at) FROM payments_autopay_turn
    ) each
"""


@dataclass(frozen=True)
class Rule:
    """`owed`: minor units that the account owes and nobody has paid yet; 0 where its owner may not pay it."""

    id: str
    user: str
    account: str
    system: str
    card: str
    method: str
    currency: str
    kind: Kind
    day: int | None
    ceiling: int
    contact: str | None
    locale: str
    state: str
    provider: str
    title: str
    expires: str
    is_kept: bool
    tail: str
    owed: int


@dataclass(frozen=True, kw_only=True)
class Turns:
    """`link`: where a customer stops a charge; `ring`: the public keys in force at a moment."""

    providers: Mapping[str, Provider]
    ring: Callable[[datetime], Keyring]
    zone: ZoneInfo
    link: str

    def look(self, connection: Connection, now: datetime, most: int) -> int:
        """Announce what is due; how many rules were looked at. In the caller's transaction, as the others here."""
        found = [Rule(*row) for row in connection.execute(LOOKS, {"now": now, "most": most}).fetchall()]
        for rule in found:
            is_quiet = connection.execute(BUSY, [rule.id]).fetchone() is not None
            self._look_later(connection, rule, now)
            if not is_quiet and rule.owed >= self._least(rule) and not self._announce(connection, rule, now):
                self._look_later(connection, rule, now + PAUSE)
        return len(found)

    def act(self, connection: Connection, now: datetime, most: int) -> int:
        """Charge what was announced a day ago, and see what became of what was charged; how many turns were due.

        One whose rule is in somebody's hands, its owner's or another till's, stays due.
        """
        found = connection.execute(TURNS, [now, most]).fetchall()
        for turn, rule_id in found:
            row = connection.execute(OF_TURN, {"rule": rule_id, "now": now}).fetchone()
            stands = None if row is None else connection.execute(TURN, [turn, now]).fetchone()
            if row is None or stands is None:
                continue
            rule = Rule(*row)
            amount, state, tries, payment, payment_state = stands
            if state == "announced":
                self._charge(connection, turn, rule, amount, now)
            elif payment_state in {"confirmed", "posted"}:
                connection.execute(ENDED, ["paid", "", turn])
            elif payment_state == "closed":
                self._refused(connection, turn, rule, Money(amount, rule.currency), tries, payment, now)
            else:
                connection.execute(WATCHED, [now + WATCH, turn])
        return len(found)

    def _look_later(self, connection: Connection, rule: Rule, after: datetime) -> None:
        connection.execute(LOOKED, [look_next(rule.kind, rule.day, after, self.zone), rule.id])

    def _announce(self, connection: Connection, rule: Rule, now: datetime) -> bool:
        """False where nothing will be taken, and the customer is told that instead."""
        at = charge_at(now, self.zone)
        reason = self._bar(rule, rule.owed, at)
        state = "skipped" if reason else "announced"
        due_on = at.astimezone(self.zone).date()
        row = [new_id(), rule.id, due_on, rule.owed, state, reason, None if reason else at]
        if connection.execute(ANNOUNCE, row).rowcount:
            self._tell(connection, rule, reason or "announced", Money(rule.owed, rule.currency), at, now)
        return not reason

    def _charge(self, connection: Connection, turn: str, rule: Rule, announced: int, now: datetime) -> None:
        """Never more than was announced, nor than is owed now."""
        amount = min(announced, rule.owed)
        reason = "rule-off" if rule.state != "on" else self._bar(rule, amount, now)
        if reason or amount < self._least(rule):
            self._skip(connection, turn, rule, reason or "nothing-owed", Money(announced, rule.currency), now)
            return
        payment = new_id()
        row = [payment, rule.user, turn, rule.method, amount, rule.currency, rule.locale, rule.contact]
        connection.execute(PAYMENT, row)
        connection.execute(SHARE, [payment, rule.account, rule.system, amount])
        self._attempt(connection, rule, payment, now)
        connection.execute(CHARGED, [amount, payment, now + WATCH, turn])
        audit_write(connection, "process:till", "autopay.charge", f"payment:{payment}", {"rule": rule.id})

    def _refused(
        self, connection: Connection, turn: str, rule: Rule, money: Money, tries: int, payment: str, now: datetime
    ) -> None:
        """The next try of the plan: first its time is set, then it is made; after the last one the customer is told."""
        waited = connection.execute(WHY, [turn]).fetchone()
        if waited is not None and waited[0] != "again":
            if tries <= len(RETRIES) and rule.state == "on" and waited[1] not in FINAL:
                connection.execute(WAITING, [now + RETRIES[tries - 1], turn])
                return
            # A bank that wants the owner there will want him at every try: he is told so at once.
            wants_owner = waited[1] == AUTHENTICATION
            connection.execute(ENDED, ["failed", "owner-wanted" if wants_owner else "refused", turn])
            self._look_later(connection, rule, now + PAUSE)
            self._tell(connection, rule, "owner-wanted" if wants_owner else "failed", money, now, now)
            return
        reason = "rule-off" if rule.state != "on" else self._bar(rule, money.minor, now)
        if reason or rule.owed < money.minor:
            self._skip(connection, turn, rule, reason or "nothing-owed", money, now)
            return
        connection.execute(AGAIN, [payment])
        self._attempt(connection, rule, payment, now)
        connection.execute(TRIED, [now + WATCH, turn])

    def _attempt(self, connection: Connection, rule: Rule, payment: str, now: datetime) -> None:
        connection.execute(ATTEMPT, [new_id(), payment, rule.provider, now + ATTEMPT_LIVES, rule.card])
        connection.execute("SELECT pg_notify('okno_till', '')")

    def _skip(self, connection: Connection, turn: str, rule: Rule, reason: str, money: Money, now: datetime) -> None:
        connection.execute(ENDED, ["skipped", reason, turn])
        if reason == "card-expired":
            self._tell(connection, rule, reason, money, now, now)

    def _bar(self, rule: Rule, amount: int, at: datetime) -> str:
        """Why the money cannot be taken at that moment; empty where it can."""
        if not rule.is_kept:
            return "card-gone"
        if rule.expires < at.astimezone(self.zone).strftime("%Y-%m"):
            return "card-expired"
        return "ceiling" if amount > rule.ceiling else ""

    def _least(self, rule: Rule) -> int:
        provider = self.providers.get(rule.provider)
        return provider.limits.of.get(rule.currency, (1, 0))[0] if provider is not None else 1

    def _tell(self, connection: Connection, rule: Rule, what: str, money: Money, at: datetime, now: datetime) -> None:
        """By SMS, sealed to the sender; a removed card is what the customer did himself, and needs no words."""
        if what == "card-gone":
            return
        person = connection.execute(PERSON, [rule.user]).fetchone()
        assert person is not None  # people are not deleted while a rule is theirs
        text = text_of(
            what, rule.locale, money=money, card=rule.title, tail=rule.tail, link=self.link, at=at, zone=self.zone
        )
        message = new_id()
        entry = self.ring(now).opening_for(binding.PARTY, now)
        body = seal(
            msgspec.json.encode({"text": text}), entry, subject=binding.body_subject(message), type=binding.BODY_TYPE
        )
        connection.execute(MESSAGE, [message, person[0], body, now + SMS_LIVES])
        connection.execute("SELECT pg_notify('okno_notice', '')")
