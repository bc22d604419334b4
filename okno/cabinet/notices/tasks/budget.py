"""How many messages may leave in an hour, reserved in SQL before the carrier is asked: what has no limit is abused.

A token bucket in `kit_bucket`: it holds for all senders together and survives each of them.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from okno.cabinet.kit.processes.dispatcher import Connection
from okno.cabinet.kit.processes.rows import signal_write

SCOPE = "sms-sender-hour"
KEY = "all"
HOUR_S = 3600
#: Below this part of the budget people are told, while it still lasts.
ALERT_PART = 0.2


@dataclass(frozen=True)
class Reserved:
    """`granted` of the messages asked for; the others may try again at `again_at`."""

    granted: int
    again_at: datetime


def reserve(connection: Connection, wanted: int, per_hour: int, now: datetime) -> Reserved:
    """Take up to `wanted` tokens in the caller's transaction; signals once when they run low and when they end."""
    connection.execute(
        "INSERT INTO kit_bucket (scope, key, tokens, updated_at) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
        [SCOPE, KEY, float(per_hour), now],
    )
    row = connection.execute(
        "SELECT tokens, updated_at FROM kit_bucket WHERE scope = %s AND key = %s FOR UPDATE", [SCOPE, KEY]
    ).fetchone()
    assert row is not None, "inserted above"
    before, updated_at = row
    rate = per_hour / HOUR_S
    tokens = min(float(per_hour), before + max((now - updated_at).total_seconds(), 0.0) * rate)
    granted = min(wanted, int(tokens))
    left = tokens - granted
    connection.execute(
        "UPDATE kit_bucket SET tokens = %s, updated_at = %s WHERE scope = %s AND key = %s",
        [left, max(now, updated_at), SCOPE, KEY],
    )
    if granted < wanted and before >= 1:
        signal_write(connection, "sender", "excess_rate_limit_exceeded", {"budget": per_hour, "state": "exhausted"})
    elif left < per_hour * ALERT_PART <= before:
        signal_write(connection, "sender", "excess_rate_limit_exceeded", {"budget": per_hour, "state": "low"})
    return Reserved(granted, now + timedelta(seconds=(1 - left) / rate if left < 1 else 0.0))
