"""Judges what the cabinet posts: who, how fresh, how often, to whom, and whether the inside can bear it now."""

from collections import defaultdict
from datetime import timedelta

import msgspec

from okno.gateway.core.breaker import Breaker
from okno.gateway.core.ceilings import Ceilings
from okno.gateway.core.heard import HeardTable
from okno.gateway.core.limits import Limits, open_window
from okno.gateway.core.moment import Moment
from okno.gateway.core.pending import Pending, PendingTable
from okno.gateway.core.rates import Allowance, Ask, Rate, Rates
from okno.gateway.core.seen import SeenSet
from okno.gateway.core.verdicts import Dispatched, Ended, Entry, Refused, Send, ended, entry_of
from okno.protocol.errors import ErrorCode, ProtocolError
from okno.protocol.freshness import FUTURE_MAX, PAST_MAX
from okno.protocol.jws import payload_hash
from okno.protocol.messages import Limit
from okno.protocol.parties import Party, split_urn
from okno.protocol.pen import Glass, Pen, Received

KEEP_SEEN = 2 * (PAST_MAX + FUTURE_MAX)
OVERLOAD_WAIT_S = 1.0
BROKER_WAIT_S = 1.0
HEARTBEAT_WAIT_S = 2.0


class _Refusal(Exception):  # noqa: N818 - a verdict on its way out, not a fault
    def __init__(
        self,
        code: ErrorCode,
        detail: str = "",
        *,
        wait_s: float | None = None,
        policies: tuple[str, ...] = (),
        allowances: tuple[Allowance, ...] = (),
    ) -> None:
        super().__init__(code.value)
        self.code = code
        self.detail = detail
        self.wait_s = wait_s
        self.policies = policies
        self.allowances = allowances


class _UnderWay(msgspec.Struct, frozen=True):
    system: str
    operation: str
    priority: int


class Intake:
    """The state that lasts between messages; `heard` and `pending` are shared with the way back."""

    def __init__(self, *, glass: Glass, pen: Pen, limits: Limits, heard: HeardTable, pending: PendingTable) -> None:
        self.limits = limits
        self.seen = SeenSet(keep=KEEP_SEEN, entries_max=limits.seen_entries_max)
        self.rates = Rates()
        self.ceilings = Ceilings(ceiling=limits.system_ceiling, reserved=limits.reserved_slots())
        self.breakers: defaultdict[str, Breaker] = defaultdict(lambda: Breaker(limits.breaker))
        self._glass = glass
        self._pen = pen
        self._heard = heard
        self._pending = pending
        self._under_way: dict[str, _UnderWay] = {}

    def post(self, raw: bytes, now: Moment) -> Refused | Ended | Dispatched:
        """The verdict on one posted message. A refusal changes nothing but the memory of replays."""
        try:
            received = self._glass.read_sender(raw, at=now.at, online=True)
        except ProtocolError as error:
            return refused(Entry("intake", "refused", payload=payload_hash(raw)), error.code, error.detail)
        try:
            return self._judge(received, now)
        except _Refusal as refusal:
            entry = entry_of("intake", "refused", received.envelope, received.payload_hash)
            return refused(
                entry,
                refusal.code,
                refusal.detail,
                wait_s=refusal.wait_s,
                policies=refusal.policies,
                allowances=refusal.allowances,
            )

    def _judge(self, received: Received, now: Moment) -> Ended | Dispatched:
        envelope, operation = received.envelope, received.operation
        sender, _ = split_urn(envelope.source)
        if sender is not Party.CABINET or envelope.kind not in ("query", "command", "event"):
            raise _Refusal(ErrorCode.DIRECTION_WRONG)
        if refusal := self.seen.accept(envelope.source, envelope.id, envelope.time, now.at):
            late = self.seen.floor - now.at if refusal is ErrorCode.STALE else timedelta(seconds=OVERLOAD_WAIT_S)
            raise _Refusal(refusal, wait_s=None if refusal is ErrorCode.REPLAYED else max(0.0, late.total_seconds()))
        if operation.receiver is Party.GATEWAY:
            self._take_rates(received, [], now)
            return ended("intake", received)
        if operation.receiver is not Party.CONNECTOR:
            raise _Refusal(ErrorCode.DIRECTION_WRONG)
        return self._dispatch(received, now)

    def _dispatch(self, received: Received, now: Moment) -> Dispatched:
        envelope = received.envelope
        _, system = split_urn(envelope.audience)
        limit = self.limits.operations[envelope.type]
        is_query = envelope.kind == "query"
        if not self._heard.is_present(envelope.audience, now.tick):
            raise _Refusal(ErrorCode.SYSTEM_UNAVAILABLE, "no heartbeat", wait_s=HEARTBEAT_WAIT_S)
        ceiling = _ceiling_now(limit, now)
        breaker = self.breakers[system]
        if is_query and (wait_s := breaker.wait_s(now.tick)):
            raise _Refusal(ErrorCode.BREAKER_OPEN, wait_s=wait_s)
        if not is_query and self._heard.is_away(envelope.audience, system):
            # Questions go on: the connector answers many from its store. A command could only wait, and not here.
            raise _Refusal(ErrorCode.BREAKER_OPEN, "the system does not answer", wait_s=HEARTBEAT_WAIT_S)
        bypassed = ""
        reached = self.ceilings.refuses(system, envelope.type, limit.priority, ceiling)
        if reached is not None:
            if not self.limits.dry_run:
                raise _Refusal(ErrorCode.QUOTA_EXCEEDED, wait_s=OVERLOAD_WAIT_S, policies=(reached,))
            bypassed = reached
        operation_ask = Ask("operation", f"{system} {envelope.type}", self.limits.operation_rate(envelope.type))
        allowances, over = self._take_rates(received, [operation_ask], now)

        ticket = f"{envelope.source} {envelope.id}"
        self._under_way[ticket] = _UnderWay(system, envelope.type, limit.priority)
        self.ceilings.enter(system, envelope.type, limit.priority)
        until = now.tick + min(limit.deadline_ms / 1000, (envelope.expirytime - now.at).total_seconds())
        if is_query:
            breaker.enter(now.tick)
            self._pending.add(Pending(ticket, received.payload_hash, system, envelope.type, now.tick, until))
        send = Send(
            link="inner",
            exchange="x.qry" if is_query else "x.cmd",
            key=f"{system}.p{limit.priority}",
            body=self._pen.countersign(received),
            message_id=envelope.id,
            persistent=not is_query,
        )
        entry = entry_of("intake", "dispatched", envelope, received.payload_hash)
        entry = msgspec.structs.replace(entry, bypassed=bypassed or over)
        return Dispatched(entry=entry, send=send, ticket=ticket, is_query=is_query, until=until, allowances=allowances)

    def _take_rates(self, received: Received, asks: list[Ask], now: Moment) -> tuple[tuple[Allowance, ...], str]:
        """What is left of each policy, and the name of one that dry run did not hold."""
        envelope = received.envelope
        authtype = envelope.authtype or "service"
        caller_rate: Rate = getattr(self.limits.callers, authtype)
        asks.append(Ask("caller", f"{envelope.source} {authtype} {envelope.authid or ''}", caller_rate))
        if envelope.subject is not None:
            asks.append(Ask("subject", f"{envelope.audience} {envelope.subject}", self.limits.subject))
        allowances = tuple(self.rates.ask(asks, now.tick))
        violated = tuple(one.policy for one in allowances if one.wait_s > 0)
        if violated and not self.limits.dry_run:
            longest = max(one.wait_s for one in allowances)
            raise _Refusal(ErrorCode.QUOTA_EXCEEDED, wait_s=longest, policies=violated, allowances=allowances)
        return allowances, ",".join(violated)

    def leave(self, ticket: str) -> None:
        """What was dispatched is no longer under way, however it ended. Safe to say twice."""
        gone = self._under_way.pop(ticket, None)
        if gone is not None:
            self.ceilings.leave(gone.system, gone.operation, gone.priority)

    def unsent(self, dispatched: Dispatched, code: ErrorCode, detail: str) -> Refused:
        """The broker did not take it: nothing is under way, and the sender keeps it."""
        self._pending.take(dispatched.ticket)
        self.leave(dispatched.ticket)
        verdict = refused(msgspec.structs.replace(dispatched.entry, verdict="unsent"), code, wait_s=BROKER_WAIT_S)
        # The broker's own words are for the log alone: they name its objects.
        return msgspec.structs.replace(verdict, entry=msgspec.structs.replace(verdict.entry, detail=detail))

    def overdue(self, ticket: str, now: Moment) -> Refused | None:
        """No reply in time; None when there was one."""
        pending = self._pending.take(ticket)
        if pending is None:
            return None
        self.leave(ticket)
        self.breakers[pending.system].report(now.tick, good=False)
        return refused(_pending_entry(pending, "overdue"), ErrorCode.DEADLINE_EXCEEDED)

    def abandon(self, code: ErrorCode) -> list[tuple[str, Refused]]:
        """Everything under way ends now, by ticket."""
        found = []
        for pending in self._pending.take_all():
            self.leave(pending.ticket)
            found.append((pending.ticket, refused(_pending_entry(pending, "abandoned"), code)))
        return found


def _ceiling_now(limit: Limit, now: Moment) -> int:
    """The ceiling that holds at this moment. A closed operation is not the sender's fault: he may come again."""
    if not limit.enabled:
        raise _Refusal(ErrorCode.SYSTEM_UNAVAILABLE, "closed by the inside", wait_s=60.0)
    found = open_window(limit, now.at)
    if found is None:
        return limit.ceiling
    window, left_s = found
    if window.ceiling == 0:
        raise _Refusal(ErrorCode.SYSTEM_UNAVAILABLE, "closed by the inside's schedule", wait_s=left_s)
    return min(limit.ceiling, window.ceiling)


def _pending_entry(pending: Pending, verdict: str) -> Entry:
    return Entry("intake", verdict, type=pending.operation, id=pending.ticket, payload=pending.requesthash)


def refused(
    entry: Entry,
    code: ErrorCode,
    detail: str = "",
    *,
    wait_s: float | None = None,
    policies: tuple[str, ...] = (),
    allowances: tuple[Allowance, ...] = (),
) -> Refused:
    """The log keeps the exact code and detail; the outside gets the public face of them."""
    problem = ProtocolError(code, detail).problem()
    return Refused(
        entry=msgspec.structs.replace(entry, code=code.value, detail=detail),
        code=code,
        problem=msgspec.structs.replace(problem, violated_policies=policies),
        wait_s=wait_s,
        allowances=allowances,
    )
