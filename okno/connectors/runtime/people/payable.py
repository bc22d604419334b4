"""May an account be paid, and how much? Answered from its state alone, so it is the same for every system."""

from __future__ import annotations

from okno.connectors.runtime.people.inside import Inside
from okno.connectors.runtime.people.limits import PeopleLimits
from okno.connectors.runtime.port import AccountState, Refusal, Snapshot
from okno.connectors.runtime.system import Directory, Reads
from okno.connectors.runtime.wire import money, utc
from okno.protocol import messages
from okno.protocol.errors import ErrorCode, ProtocolError
from okno.protocol.messages import Message
from okno.protocol.money import exponent_of
from okno.protocol.pen import Received


def payable(inside: Inside, directory: Directory | None, reads: Reads, asked: Received) -> Message:
    """Reply `Payable`. An account that is not there, or is closed, is not payable, and nothing more is told of it."""
    data = asked.data
    assert isinstance(data, messages.PaymentPayable)
    reference = _reference(inside, directory, asked, data)
    found = _state(reads, reference) if reference is not None else None
    if found is None or found.state.status == "closed":
        return messages.Payable(payable=False, as_of=utc(inside.clock()))
    state = found.state
    least, most = bounds(inside.limits, state.currency)
    owed = asked_for(state)
    amount = data.amount.money if data.amount is not None else None
    return messages.Payable(
        payable=amount is None or (amount.currency == state.currency and least <= amount.minor <= most),
        as_of=utc(found.as_of),
        account=data.account or inside.names.ids([state.account]).get(state.account),
        amount=money(owed, state.currency) if owed else None,
        least=money(least, state.currency),
        most=money(most, state.currency),
        payee=inside.system.id,
    )


def asked_for(state: AccountState) -> int:
    """What there is to pay now: what bills ask for, else what is owed. 0 when the customer owes nothing."""
    return state.due.amount if state.due is not None else max(state.balance, 0)


def bounds(limits: PeopleLimits, currency: str) -> tuple[int, int]:
    """Least and most that is taken at once, in minor units."""
    unit = 10 ** exponent_of(currency)
    return limits.pay_least_units * unit, limits.pay_most_units * unit


def _reference(
    inside: Inside, directory: Directory | None, asked: Received, data: messages.PaymentPayable
) -> str | None:
    """The account asked about: by its id, or by its number as somebody typed it, never by both."""
    if (data.account is None) == (data.sealed is None):
        raise ProtocolError(ErrorCode.SCHEMA, "either an account or a sealed number")
    try:
        if data.account is not None:
            return inside.names.reference(data.account)
        if directory is None:
            return None
        assert data.sealed is not None
        return directory.find(inside.opened(asked, data.sealed, messages.TypedAccount).number)
    except Refusal:
        return None


def _state(reads: Reads, reference: str) -> Snapshot | None:
    try:
        return reads.snapshot(reference, after=None, limit=1)
    except Refusal:
        return None
