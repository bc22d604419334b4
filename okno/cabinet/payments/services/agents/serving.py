"""One call of an agent: who he is, what he wants, and the answer that leaves after the commit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from zoneinfo import ZoneInfo

import psycopg
from django.conf import settings
from django.db import Error, transaction

from okno.cabinet.kit.audit import Detail
from okno.cabinet.kit.buckets import ThrottledError, take
from okno.cabinet.kit.signals import Name, signal_write
from okno.cabinet.payments.providers.port import Received, Reply
from okno.cabinet.payments.services.agents.calling import agent_seen
from okno.cabinet.payments.services.agents.finding import Found, account_find, number_key
from okno.cabinet.payments.services.agents.register import register_reply
from okno.cabinet.payments.services.agents.settings import Agent
from okno.cabinet.payments.services.agents.taking import (
    Order,
    cancel_take,
    payment_take,
    repeated,
    standing_read,
)
from okno.cabinet.payments.services.agents.wire import (
    Answer,
    FieldsError,
    Result,
    fields_read,
    is_signed,
    is_transaction,
    reply_of,
)
from okno.cabinet.payments.services.counter import TILL, counter_connection
from okno.cabinet.payments.services.finding.numbers import tail_of
from okno.protocol.errors import ProtocolError
from okno.protocol.money.amount import Money

NOT_HERE = Reply(HTTPStatus.NOT_FOUND)
TXN_DATE = "%Y%m%d%H%M%S"
TROUBLES = (Error, psycopg.Error)


class _Refused(Exception):  # noqa: N818 - a verdict on its way out, not a fault
    def __init__(self, result: Result) -> None:
        super().__init__(result.name)
        self.result = result


@dataclass(frozen=True)
class Call:
    """An authentic call."""

    name: str
    agent: Agent
    fields: Mapping[str, str]
    address: str
    now: datetime

    @property
    def txn(self) -> str:
        return self.fields.get("txn_id", "")

    def transaction(self, name: str = "txn_id") -> str:
        if not is_transaction(self.fields.get(name, "")):
            raise _Refused(Result.REFUSED)
        return self.fields[name]

    def moment(self) -> datetime:
        """`txn_date`, the agent's own time."""
        text = self.fields.get("txn_date", "")
        try:
            at = datetime.strptime(text, TXN_DATE).replace(tzinfo=ZoneInfo(self.agent.time_zone))
        except ValueError as error:
            raise _Refused(Result.REFUSED) from error
        if not text.isascii() or len(text) != len("20050815120133"):
            raise _Refused(Result.REFUSED)
        return at.astimezone(UTC)

    def sum(self) -> Money:
        try:
            return Money.parse(self.fields.get("sum", ""), self.agent.currency)
        except ProtocolError as error:
            raise _Refused(Result.REFUSED) from error


def agent_call(name: str, received: Received) -> Reply:
    """What the agent called `name` is answered with. Who does not prove himself learns nothing: 403, 401, no XML."""
    agent = settings.OKNO.agents.get(name)
    if agent is None:
        return NOT_HERE
    if not agent.admits(received.peer):
        return _turned_away(name, "network", HTTPStatus.FORBIDDEN)
    try:
        fields = fields_read(received)
    except FieldsError:
        return _turned_away(name, "fields", HTTPStatus.UNAUTHORIZED)
    if not is_signed(fields, agent.secrets):
        return _turned_away(name, "signature", HTTPStatus.UNAUTHORIZED)
    call = Call(name, agent, fields, received.peer, datetime.now(UTC))
    if call.fields.get("command") == "register":
        return register_reply(name, agent, call.fields.get("date", ""))
    return reply_of(_answer(call))


def _turned_away(name: str, reason: str, status: HTTPStatus) -> Reply:
    _signal("authn_login_fail", {"action": "agent.refused", "agent": name, "reason": reason})
    return Reply(status)


def _answer(call: Call) -> Answer:
    answering = COMMANDS.get(call.fields.get("command", ""))
    txn = call.txn if is_transaction(call.txn) else ""
    if answering is None or not call.agent.on:
        return Answer(result=Result.REFUSED if answering is None else Result.FORBIDDEN, txn=txn)
    try:
        take("agent-call", call.name, using=TILL)
        agent_seen(call.name, call.agent)
        return answering(call)
    except _Refused as refused:
        return Answer(result=refused.result, txn=txn)
    except ThrottledError as error:
        _signal("excess_rate_limit_exceeded", {"scope": error.scope, "agent": call.name})
        return Answer(result=Result.TEMPORARY, txn=txn)
    except TROUBLES:
        # What had begun may have been written down: the agent asks again under the same id, and learns it.
        is_money = call.fields.get("command") in {"pay", "cancel", "status"}
        return Answer(result=Result.UNDER_WAY if is_money else Result.TEMPORARY, txn=txn)


def _check(call: Call) -> Answer:
    """May it be paid? Nothing is kept, nothing is promised, and nothing is told of whose the account is."""
    txn = call.transaction()
    beyond = _beyond(call.agent, call.sum()) if "sum" in call.fields else None
    found = beyond or _find(call)
    return Answer(result=found if isinstance(found, Result) else Result.OK, txn=txn)


def _pay(call: Call) -> Answer:
    number = call.fields.get("account", "")
    order = Order(
        agent=call.name,
        txn=call.transaction(),
        txn_at=call.moment(),
        amount=call.sum(),
        number_key=number_key(call.agent, number),
        tail=tail_of(number),
    )
    with transaction.atomic(using=TILL):
        connection = counter_connection()
        standing = standing_read(connection, order.agent, order.txn)
        if standing is not None:
            return repeated(connection, order, "pay", standing)
    found = _beyond(call.agent, order.amount) or _find(call)
    if found is Result.TEMPORARY:
        return Answer(result=found, txn=order.txn)
    with transaction.atomic(using=TILL):
        return payment_take(counter_connection(), order, call.agent, found, call.now)


def _cancel(call: Call) -> Answer:
    amount = call.sum() if "sum" in call.fields else Money(0, call.agent.currency)
    cancelled = call.transaction("cancel_txn_id")
    order = Order(agent=call.name, txn=call.transaction(), txn_at=call.now, amount=amount, cancelled=cancelled)
    if order.txn == order.cancelled or ("sum" in call.fields and amount.minor <= 0):
        raise _Refused(Result.REFUSED)
    with transaction.atomic(using=TILL):
        return cancel_take(counter_connection(), order)


def _status(call: Call) -> Answer:
    txn = call.transaction()
    with transaction.atomic(using=TILL):
        standing = standing_read(counter_connection(), call.name, txn)
    return standing.answer if standing is not None else Answer(result=Result.TRANSACTION_UNKNOWN, txn=txn)


def _beyond(agent: Agent, amount: Money) -> Result | None:
    if amount.minor < agent.least_minor:
        return Result.TOO_SMALL
    return Result.TOO_LARGE if amount.minor > agent.most_minor else None


def _find(call: Call) -> Found | Result:
    return account_find(call.name, call.agent, call.fields.get("account", ""), call.address)


def _signal(name: Name, detail: Detail) -> None:
    signal_write(name, detail=detail, source="counter", using=TILL)


COMMANDS: Mapping[str, Callable[[Call], Answer]] = {
    "check": _check,
    "pay": _pay,
    "cancel": _cancel,
    "status": _status,
}
