"""Money that an agent brings, and money that he wants back: one row for each of his transaction ids.

All commands of one transaction id stand in line, so a repetition finds the first one done, and never half done. Money
is written down together with its ledger entry and its postings, and is answered for after the commit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from okno.cabinet.kit.processes.dispatcher import Connection
from okno.cabinet.kit.processes.rows import audit_write, signal_write
from okno.cabinet.payments.providers.port import Snapshot
from okno.cabinet.payments.services.agents.finding import Found
from okno.cabinet.payments.services.agents.settings import Agent
from okno.cabinet.payments.services.agents.wire import Answer, Result
from okno.cabinet.payments.services.moving import snapshot_apply
from okno.cabinet.payments.services.refunding.dividing import divide
from okno.protocol.ids import new_id
from okno.protocol.money.amount import Money

#: The folder's name of what has no adapter: these attempts begin paid, and nobody is asked about them.
PROVIDER = "agent"

LINE = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 7))"
STANDING = """
    SELECT o.kind, o.number_key, o.amount, o.currency, o.result, o.txn, o.attempt_id::text, payment.number, refund.state
      FROM payments_agent_order o
      LEFT JOIN payments_attempt attempt ON attempt.id = o.attempt_id
      LEFT JOIN payments_payment payment ON payment.id = attempt.payment_id
      LEFT JOIN payments_refund refund ON refund.id = o.refund_id
     WHERE o.agent = %s AND o.txn = %s
"""
ORDER = """
    INSERT INTO payments_agent_order
        (id, agent, txn, kind, number_key, tail, amount, currency, txn_at, result, attempt_id, refund_id)
    VALUES (%(id)s, %(agent)s, %(txn)s, %(kind)s, %(number_key)s, %(tail)s, %(amount)s, %(currency)s, %(txn_at)s,
        %(result)s, %(attempt)s, %(refund)s)
"""
PAYMENT = """
    INSERT INTO payments_payment (id, key, method, amount, currency, locale) VALUES (%s, %s, %s, %s, %s, 'ru')
"""
SHARE = "INSERT INTO payments_share (payment_id, account_id, system, amount) VALUES (%s, %s, %s, %s)"
ATTEMPT = """
    INSERT INTO payments_attempt (id, payment_id, provider, provider_id, expires_at) VALUES (%s, %s, %s, %s, %s)
"""
NUMBER = "SELECT number FROM payments_payment WHERE id = %s"
# The attempt's row is locked: of two cancels at once the second finds the first one's refund.
LOCK = "SELECT FROM payments_attempt WHERE id = %s FOR UPDATE"
LEFT = """
    SELECT id::text, payments_posting_left(id) FROM payments_posting
     WHERE attempt_id = %s AND state <> 'moved' ORDER BY id
"""
PART = "INSERT INTO payments_unposting (id, posting_id, refund_id, amount) VALUES (%s, %s, %s, %s)"
UNDER_WAY = """
    SELECT id::text FROM payments_refund
     WHERE attempt_id = %s AND asked_by = %s AND state IN ('asked', 'approved', 'sent', 'manual', 'done')
     ORDER BY created_at LIMIT 1
"""
REFUND = """
    INSERT INTO payments_refund (id, attempt_id, amount, reason, asked_by) VALUES (%s, %s, %s, 'agent-cancel', %s)
"""


@dataclass(frozen=True, kw_only=True)
class Order:
    """What an agent wants done. For a cancel `cancelled` is the transaction it is about, and the rest is read there."""

    agent: str
    txn: str
    txn_at: datetime
    amount: Money
    number_key: bytes = b""
    tail: str = ""
    cancelled: str = ""


@dataclass(frozen=True)
class Standing:
    """A row of `payments_agent_order`, with what has become of it."""

    kind: str
    number_key: bytes
    amount: Money
    result: Result
    txn: str
    attempt: str | None
    number: int | None
    refund: str | None

    @property
    def answer(self) -> Answer:
        """What a repetition is told. Staff decides on what a cancel asks for, so its answer follows the refund."""
        result = self.result if self.kind == "pay" or self.result is not Result.OK else _of_refund(self.refund)
        has_money = self.result is Result.OK
        return Answer(
            result=result,
            txn=self.txn,
            number=self.number if has_money else None,
            sum=self.amount if has_money else None,
        )


def _of_refund(state: str | None) -> Result:
    if state == "done":
        return Result.OK
    return Result.NOT_CANCELLABLE if state == "declined" else Result.UNDER_WAY


def standing_read(connection: Connection, agent: str, txn: str) -> Standing | None:
    """What stands under an agent's transaction id, after whoever is at it has finished. Raises psycopg's lock error."""
    connection.execute(LINE, [f"{agent}:{txn}"])
    row = connection.execute(STANDING, [agent, txn]).fetchone()
    if row is None:
        return None
    kind, key, minor, currency, result, _, attempt, number, refund = row
    return Standing(kind, bytes(key), Money(minor, currency), Result(result), txn, attempt, number, refund)


def repeated(connection: Connection, order: Order, kind: str, standing: Standing) -> Answer:
    """The same answer to the same order; another one under the same id is refused, and told to who watches."""
    is_same = (
        standing.kind == kind
        and standing.amount == order.amount
        and standing.number_key == order.number_key
        # A cancel is about the transaction whose attempt it has found.
        and (kind == "pay" or _cancels(connection, order, standing))
    )
    if is_same:
        return standing.answer
    detail = {"action": "agent.other-order", "agent": order.agent, "kind": kind}
    signal_write(connection, "counter", "sequence_fail", detail)
    return Answer(result=Result.REFUSED, txn=order.txn)


def _cancels(connection: Connection, order: Order, standing: Standing) -> bool:
    about = connection.execute(STANDING, [order.agent, order.cancelled]).fetchone()
    return about is not None and (standing.attempt is None or about[6] == standing.attempt)


def payment_take(connection: Connection, order: Order, agent: Agent, found: Found | Result, now: datetime) -> Answer:
    """Write the payment down as paid, or its refusal; the same order again is a repetition. In a transaction."""
    standing = standing_read(connection, order.agent, order.txn)
    if standing is not None:
        return repeated(connection, order, "pay", standing)
    if isinstance(found, Result):
        _write(connection, order, "pay", found)
        return Answer(result=found, txn=order.txn)
    payment, attempt = new_id(), new_id()
    minor = order.amount.minor
    connection.execute(PAYMENT, [payment, new_id(), agent.method, minor, order.amount.currency])
    connection.execute(SHARE, [payment, found.account, found.system, minor])
    theirs = f"{order.agent}:{order.txn}"
    connection.execute(ATTEMPT, [attempt, payment, PROVIDER, theirs, now])
    _write(connection, order, "pay", Result.OK, attempt=attempt)
    snapshot = Snapshot(state="paid", provider_id=theirs, attempt=UUID(attempt), amount=order.amount, at=order.txn_at)
    moved = snapshot_apply(connection, attempt, snapshot, now, takes_test=False)
    assert moved == "paid"  # a new attempt, for just this amount
    row = connection.execute(NUMBER, [payment]).fetchone()
    assert row is not None
    return Answer(result=Result.OK, txn=order.txn, number=row[0], sum=order.amount)


def cancel_take(connection: Connection, order: Order) -> Answer:
    """Ask staff for a refund of the whole payment; nothing is ever deleted. In a transaction."""
    about = standing_read(connection, order.agent, order.cancelled)
    standing = standing_read(connection, order.agent, order.txn)
    order = _about(order, about)
    if standing is not None:
        return repeated(connection, order, "cancel", standing)
    attempt = about.attempt if about is not None and about.kind == "pay" and about.amount == order.amount else None
    refund = _refund_of(connection, order, attempt) if attempt is not None else None
    if attempt is None or refund is None:
        _write(connection, order, "cancel", Result.NOT_CANCELLABLE)
        return Answer(result=Result.NOT_CANCELLABLE, txn=order.txn)
    _write(connection, order, "cancel", Result.OK, attempt=attempt, refund=refund)
    audit_write(connection, f"agent:{order.agent}", "refund.ask", f"refund:{refund}", {"amount": order.amount.minor})
    written = standing_read(connection, order.agent, order.txn)
    assert written is not None
    return written.answer


def _about(order: Order, about: Standing | None) -> Order:
    """The order with the account of what it cancels; without a sum of its own it means the whole."""
    amount = order.amount if order.amount.minor > 0 or about is None else about.amount
    key = about.number_key if about is not None else b""
    return Order(
        agent=order.agent,
        txn=order.txn,
        txn_at=order.txn_at,
        amount=amount,
        number_key=key,
        cancelled=order.cancelled,
    )


def _refund_of(connection: Connection, order: Order, attempt: str) -> str | None:
    """The refund that is under way for this payment, or a new one; None when there is nothing left to give back."""
    connection.execute(LOCK, [attempt])
    known = connection.execute(UNDER_WAY, [attempt, f"agent:{order.agent}"]).fetchone()
    if known is not None:
        return str(known[0])
    left = {posting: int(rest) for posting, rest in connection.execute(LEFT, [attempt]).fetchall()}
    if sum(left.values()) < order.amount.minor:
        return None
    refund = new_id()
    connection.execute(REFUND, [refund, attempt, order.amount.minor, f"agent:{order.agent}"])
    for posting, minor in divide(order.amount.minor, left).items():
        connection.execute(PART, [new_id(), posting, refund, minor])
    return refund


def _write(
    connection: Connection,
    order: Order,
    kind: str,
    result: Result,
    *,
    attempt: str | None = None,
    refund: str | None = None,
) -> None:
    values = {
        "id": new_id(),
        "agent": order.agent,
        "txn": order.txn,
        "kind": kind,
        "number_key": order.number_key,
        "tail": order.tail,
        "amount": order.amount.minor,
        "currency": order.amount.currency,
        "txn_at": order.txn_at,
        "result": result.value,
        "attempt": attempt,
        "refund": refund,
    }
    connection.execute(ORDER, values)
