"""Time rules (PR-01): what is judged by `time`, and what, since it may wait in a queue, by `expirytime` alone."""

from __future__ import annotations

from datetime import datetime, timedelta

from okno.protocol.envelope import Envelope
from okno.protocol.errors import ErrorCode, ProtocolError

PAST_MAX = timedelta(seconds=30)
FUTURE_MAX = timedelta(seconds=5)
EXPIRY_MAX_S = {
    "query": 5,
    "heartbeat": 10,
    "command": 86_400,
    "event": 604_800,
    "settings": 604_800,
    "reply": 604_800,
    "problem": 604_800,
}


def check_window(envelope: Envelope, at: datetime) -> None:
    """For a sender on the line: `time` from 30 s ago to 5 s ahead. Raises `stale`, `early`."""
    if envelope.time < at - PAST_MAX:
        raise ProtocolError(ErrorCode.STALE)
    if envelope.time > at + FUTURE_MAX:
        raise ProtocolError(ErrorCode.EARLY)


def check_expiry(envelope: Envelope, at: datetime, expiry_max_s: int) -> None:
    """Not expired, and never promised for longer than allowed. Raises `expired`, `expiry-too-long`, `early`."""
    longest = timedelta(seconds=expiry_max_s)
    if envelope.expirytime <= at:
        raise ProtocolError(ErrorCode.EXPIRED)
    if not timedelta(0) < envelope.expirytime - envelope.time <= longest:
        raise ProtocolError(ErrorCode.EXPIRY_TOO_LONG)
    # A `time` far ahead would lengthen the life of a message that no window judges.
    if envelope.expirytime > at + longest + FUTURE_MAX:
        raise ProtocolError(ErrorCode.EARLY, "expirytime")
    if envelope.recordedtime is not None and envelope.recordedtime > envelope.time + FUTURE_MAX:
        raise ProtocolError(ErrorCode.EARLY, "recordedtime")
