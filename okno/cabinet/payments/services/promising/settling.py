"""What the inside has answered to promises, written down once."""

from __future__ import annotations

from datetime import datetime

from okno.cabinet.kit.processes.dispatcher import Connection

#: What a promise is told that the inside would not even judge: its account is gone, or no promises are taken there.
NOT_JUDGED = "not-judged"

ANSWERED = """
    UPDATE payments_promise promise
       SET state = CASE WHEN (row.outcome->'reply'->>'granted')::boolean THEN 'granted' ELSE 'refused' END,
           granted_until = CASE WHEN (row.outcome->'reply'->>'granted')::boolean
               THEN COALESCE((row.outcome->'reply'->>'until')::date, promise.until) END,
           reason = CASE WHEN row.state = 'done' THEN COALESCE(row.outcome->'reply'->>'reason', '') ELSE %s END,
           answered_at = %s
      FROM kit_outbox row
     WHERE promise.state = 'asked' AND row.id = promise.outbox AND row.state IN ('done', 'failed')
"""


def promises_settle(connection: Connection, now: datetime) -> int:
    """Take the answers that have come; how many. In the caller's transaction."""
    return connection.execute(ANSWERED, [NOT_JUDGED, now]).rowcount
