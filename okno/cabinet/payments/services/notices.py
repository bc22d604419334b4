"""A notice from a provider: kept as it came, then believed only as far as it proves itself.

Where the provider can be asked, a notice only makes us ask; where it cannot, its signature is the evidence.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

import msgspec
import structlog

from okno.cabinet.kit.processes.dispatcher import Connection
from okno.cabinet.kit.processes.rows import signal_write
from okno.cabinet.payments.providers.port import (
    Asked,
    Ignored,
    NoticeRefused,
    Provider,
    ReceiptTold,
    Received,
    RefundTold,
    Reply,
    Snapshot,
    Told,
)
from okno.cabinet.payments.services.moving import KNOWN, snapshot_apply
from okno.cabinet.payments.services.receipting.telling import receipt_apply
from okno.cabinet.payments.states import OPEN
from okno.protocol.ids import new_id

log = structlog.get_logger("okno.cabinet.payments")

#: Headers that may prove something; the others are kept by nobody.
HEADERS_KEPT = ("content-type", "content-hmac", "x-content-hmac", "stripe-signature", "x-api-signature-sha256")

KEEP = """
    INSERT INTO payments_notice (id, provider, key, peer, headers, query, body, state, reason, attempt_id)
    VALUES (%(id)s, %(provider)s, %(key)s, %(peer)s, %(headers)s, %(query)s, %(body)s, %(state)s, %(reason)s,
        %(attempt)s)
    ON CONFLICT (provider, key) DO UPDATE SET times = payments_notice.times + 1,
        state = CASE payments_notice.state WHEN 'orphan' THEN EXCLUDED.state ELSE payments_notice.state END,
        attempt_id = COALESCE(payments_notice.attempt_id, EXCLUDED.attempt_id)
    RETURNING times
"""
WHOSE = """
    SELECT id FROM payments_attempt WHERE provider = %(provider)s AND
        (id = %(attempt)s::uuid OR provider_id = %(provider_id)s OR number = %(number)s::integer)
    ORDER BY id = %(attempt)s::uuid DESC NULLS LAST LIMIT 1
"""
# By the bank's own reference: what tells of a case may know no other.
TRACED = "SELECT id FROM payments_attempt WHERE provider = %s AND trace = %s AND state = 'paid' LIMIT 1"
ASK = "UPDATE payments_attempt SET ask_at = LEAST(ask_at, %s) WHERE id = %s AND state NOT IN ('created', 'paid')"
# Money that came may be going back: a refund of ours has an end, or somebody made one at the provider's.
LOOK = "UPDATE payments_attempt SET look_at = %s WHERE id = %s AND state = 'paid'"
GIVING = "UPDATE payments_refund SET ask_at = %s WHERE attempt_id = %s AND state = 'sent'"
GIVEN_WHOSE = """
    SELECT attempt.id FROM payments_attempt attempt WHERE attempt.provider = %(provider)s AND (
        attempt.provider_id = %(payment)s OR EXISTS (SELECT FROM payments_refund refund
            WHERE refund.attempt_id = attempt.id AND (refund.id = %(refund)s::uuid OR refund.provider_id = %(id)s)))
     LIMIT 1
"""
PAYABLE = """
    SELECT attempt.state, payment.amount, payment.currency FROM payments_attempt attempt
      JOIN payments_payment payment ON payment.id = attempt.payment_id WHERE attempt.id = %s
"""


@dataclass(frozen=True)
class Counter:
    """Where notices of one provider are taken. `takes_test`: see `judging.Wanted`."""

    provider: Provider
    takes_test: bool

    def take(self, connection: Connection, received: Received, now: datetime) -> Reply:
        """In the caller's transaction, which commits before the reply is sent. Raises what the database raises."""
        try:
            notice = self.provider.notices.read(received)
        except NoticeRefused as refused:
            self._keep(connection, received, key=_content_key(received), state="refused", reason=refused.reason)
            detail = {"action": "notice.refused", "provider": self.provider.name, "reason": refused.reason}
            signal_write(connection, "till", "authn_token_fail", detail)
            return Reply(refused.status)
        match notice:
            case Told():
                self._told(connection, received, notice, now)
                return notice.reply
            case RefundTold():
                self._refund_told(connection, received, notice, now)
                return notice.reply
            case ReceiptTold():
                self._receipt_told(connection, received, notice)
                return notice.reply
            case Asked():
                return notice.yes if self._payable(connection, notice.payment) else notice.no
            case Ignored():
                self._keep(connection, received, key=_content_key(received), state="ignored", reason=notice.event)
                return notice.reply

    def _told(self, connection: Connection, received: Received, told: Told, now: datetime) -> None:
        attempt = self._whose(connection, told.payment)
        if attempt is None:
            # Authentic, but of no payment of ours: for a person, and nothing that a repetition would mend.
            if self._keep(connection, received, key=told.key, state="orphan", reason=told.event):
                detail = {"action": "notice.orphan", "provider": self.provider.name}
                signal_write(connection, "till", "sequence_fail", detail)
            return
        self._keep(connection, received, key=told.key, state="applied", reason=told.event, attempt=attempt)
        if told.proven:
            # Known or not: the first time it may have been of no payment that we knew. What is no news changes nothing.
            snapshot_apply(connection, attempt, told.payment, now, takes_test=self.takes_test)
        else:
            if told.names:
                connection.execute(KNOWN, [told.payment.provider_id, attempt])
            # Known or not: an earlier one under this key may have been a forger's, sent before anything had happened.
            connection.execute(ASK, [now, attempt])
            self._look(connection, attempt, now)

    def _refund_told(self, connection: Connection, received: Received, told: RefundTold, now: datetime) -> None:
        """Whatever it proves, it only makes us ask: how much went back is the provider's to say when asked."""
        values = {
            "provider": self.provider.name,
            "payment": told.refund.payment,
            "refund": told.refund.refund,
            "id": told.refund.provider_id,
        }
        row = connection.execute(GIVEN_WHOSE, values).fetchone()
        attempt = None if row is None else str(row[0])
        state = "orphan" if attempt is None else "applied"
        self._keep(connection, received, key=told.key, state=state, reason=told.event, attempt=attempt)
        if attempt is not None:
            connection.execute(GIVING, [now, attempt])
            self._look(connection, attempt, now)

    def _receipt_told(self, connection: Connection, received: Received, told: ReceiptTold) -> None:
        attempt = self._whose(connection, told.payment)
        state = "orphan" if attempt is None else "applied"
        self._keep(connection, received, key=told.key, state=state, reason=told.event, attempt=attempt)
        if attempt is not None and told.receipt.state != "pending":
            receipt_apply(connection, attempt, self.provider.name, told.receipt, None)

    def _look(self, connection: Connection, attempt: str, now: datetime) -> None:
        connection.execute(LOOK, [now, attempt])
        connection.execute("SELECT pg_notify('okno_till', '')")

    def _whose(self, connection: Connection, payment: Snapshot) -> str | None:
        values = {
            "provider": self.provider.name,
            "attempt": payment.attempt,
            "provider_id": payment.provider_id,
            "number": payment.number,
        }
        row = connection.execute(WHOSE, values).fetchone()
        if row is None and payment.trace:
            row = connection.execute(TRACED, [self.provider.name, payment.trace]).fetchone()
        return None if row is None else str(row[0])

    def _payable(self, connection: Connection, payment: Snapshot) -> bool:
        attempt = self._whose(connection, payment)
        row = connection.execute(PAYABLE, [attempt]).fetchone() if attempt else None
        if row is None or payment.amount is None:
            return False
        state, minor, currency = row
        return state in OPEN and (payment.amount.minor, payment.amount.currency) == (minor, currency)

    def _keep(
        self,
        connection: Connection,
        received: Received,
        *,
        key: str,
        state: str,
        reason: str,
        attempt: str | None = None,
    ) -> bool:
        """Keep it as it came; False when the same was kept before."""
        kept = {name: value for name, value in received.headers.items() if name in HEADERS_KEPT}
        values = {
            "id": new_id(),
            "provider": self.provider.name,
            "key": key,
            "peer": received.peer,
            "headers": msgspec.json.encode(kept).decode(),
            "query": received.query,
            "body": received.body,
            "state": state,
            "reason": reason,
            "attempt": attempt,
        }
        row = connection.execute(KEEP, values).fetchone()
        assert row is not None
        return bool(row[0] == 1)


def _content_key(received: Received) -> str:
    digest = hashlib.sha256(received.query.encode() + b"\0" + received.body).hexdigest()
    return f"sha256:{digest}"
