"""How many messages may leave, reserved in SQL before the carrier is asked: what has no limit is abused.

Token buckets in `kit_bucket`: they hold for all senders together and survive each of them.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from okno.cabinet.kit.processes.dispatcher import Connection
from okno.cabinet.kit.processes.rows import signal_write
from okno.protocol.keys import OpeningKey

KEY = "all"
KEY_CHARS = 32
MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86_400
#: Below this part of the budget people are told, while it still lasts.
ALERT_PART = 0.2


@dataclass(frozen=True)
class Reserved:
    """`granted` of the messages asked for; the others may try again at `again_at`."""

    granted: int
    again_at: datetime


@dataclass(frozen=True)
class Bucket:
    """`capacity` at once, refilled evenly within `per_s` seconds."""

    scope: str
    capacity: int
    per_s: int


def reserve(connection: Connection, channel: str, wanted: int, per_hour: int, now: datetime) -> Reserved:
    """Take up to `wanted` tokens of a channel in the caller's transaction; signals once when they run low, and end."""
    bucket = Bucket(f"{channel}-sender-hour", per_hour, HOUR_S)
    before, tokens = _level(connection, bucket, KEY, now)
    granted = min(wanted, int(tokens))
    left = tokens - granted
    _keep(connection, bucket, KEY, left, now)
    if granted < wanted and before >= 1:
        signal_write(connection, "sender", "excess_rate_limit_exceeded", {"budget": per_hour, "state": "exhausted"})
    elif left < per_hour * ALERT_PART <= before:
        signal_write(connection, "sender", "excess_rate_limit_exceeded", {"budget": per_hour, "state": "low"})
    rate = per_hour / HOUR_S
    return Reserved(granted, now + timedelta(seconds=(1 - left) / rate if left < 1 else 0.0))


def phone_windows(per_minute: int, per_hour: int, per_day: int) -> tuple[Bucket, ...]:
    return (
        Bucket("sms-inside-minute", per_minute, MINUTE_S),
        Bucket("sms-inside-hour", per_hour, HOUR_S),
        Bucket("sms-inside-day", per_day, DAY_S),
    )


def phone_key(number: str, key: OpeningKey) -> str:
    """What a phone is counted by: a hash whose key is the sender's alone, so that no row tells a number."""
    mac = hmac.new(key.private, f"okno budget of phone {number}".encode(), hashlib.sha256)
    return mac.hexdigest()[:KEY_CHARS]


def phone_take(connection: Connection, phone: str, buckets: Sequence[Bucket], now: datetime) -> bool:
    """Take one token of each bucket, or of none and signal which was empty. In the caller's transaction."""
    levels = [(bucket, _level(connection, bucket, phone, now)[1]) for bucket in buckets]
    empty = next((bucket for bucket, tokens in levels if tokens < 1), None)
    for bucket, tokens in levels:
        _keep(connection, bucket, phone, tokens if empty else tokens - 1, now)
    if empty is not None:
        signal_write(connection, "sender", "excess_rate_limit_exceeded", {"scope": empty.scope})
    return empty is None


def _level(connection: Connection, bucket: Bucket, key: str, now: datetime) -> tuple[float, float]:
    """Tokens as last kept, and now; the row stays locked until the caller's transaction ends."""
    connection.execute(
        "INSERT INTO kit_bucket (scope, key, tokens, updated_at) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
        [bucket.scope, key, float(bucket.capacity), now],
    )
    row = connection.execute(
        "SELECT tokens, updated_at FROM kit_bucket WHERE scope = %s AND key = %s FOR UPDATE", [bucket.scope, key]
    ).fetchone()
    assert row is not None, "inserted above"
    before, updated_at = row
    refilled = max((now - updated_at).total_seconds(), 0.0) * bucket.capacity / bucket.per_s
    return before, min(float(bucket.capacity), before + refilled)


def _keep(connection: Connection, bucket: Bucket, key: str, tokens: float, now: datetime) -> None:
    connection.execute(
        "UPDATE kit_bucket SET tokens = %s, updated_at = GREATEST(updated_at, %s) WHERE scope = %s AND key = %s",
        [tokens, now, bucket.scope, key],
    )
