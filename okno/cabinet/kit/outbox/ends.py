"""What becomes of an outbox row after an attempt.

Every statement spares a row that is over already: the answer of a command may overtake the relay's own mark.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

from okno.cabinet.kit.processes.dispatcher import Connection
from okno.cabinet.kit.processes.rows import audit_write, signal_write

#: A fetched reply waits for the projector so long before the question is asked anew.
HANDED_OVER_FOR = timedelta(days=1)


@dataclass(frozen=True)
class Ended:
    """The end of a row and what is kept of it: {"reply": …} | {"problem": …} | {"refused": code}."""

    state: Literal["done", "failed"]
    outcome: dict[str, Any]


def end(connection: Connection, row: str, ended: Ended, now: datetime) -> None:
    """A failed row is told to people as well: a signal and a link of the audit chain."""
    changed = connection.execute(
        """
        UPDATE kit_outbox SET state = %s, outcome = %s, finished_at = %s
         WHERE id = %s AND state IN ('queued', 'accepted')
        """,
        [ended.state, msgspec.json.encode(ended.outcome).decode(), now, row],
    ).rowcount
    if changed:
        connection.execute("SELECT pg_notify('okno_answer', '')")
    if changed and ended.state == "failed":
        _tell(connection, "outbox.failed", row, _code(ended.outcome))


def accept(connection: Connection, row: str, expires_at: datetime) -> None:
    """The broker has it. Without an answer by the message's expiry it is sent again under the same key."""
    connection.execute(
        """
        UPDATE kit_outbox SET state = 'accepted', next_attempt_at = %s WHERE id = %s AND state IN ('queued', 'accepted')
        """,
        [expires_at, row],
    )


def hand_over(connection: Connection, row: str, raw: bytes, sent: tuple[str, ...], received_at: datetime) -> None:
    """Leave a verified reply, byte for byte, to the projector, which verifies it again with its own keys."""
    kept = {"sent": sent, "raw": raw.decode("ascii"), "received_at": received_at}
    connection.execute(
        """
        UPDATE kit_outbox SET state = 'accepted', outcome = %s, next_attempt_at = %s
         WHERE id = %s AND state IN ('queued', 'accepted')
        """,
        [msgspec.json.encode(kept).decode(), received_at + HANDED_OVER_FOR, row],
    )
    connection.execute("SELECT pg_notify('okno_reply', '')")


def delay(connection: Connection, row: str, until: datetime, *, signal: str | None = None) -> None:
    """Try again later under the same key. `signal`: a person has to know why it is so much later."""
    changed = connection.execute(
        """
        UPDATE kit_outbox SET state = 'queued', next_attempt_at = %s WHERE id = %s AND state IN ('queued', 'accepted')
        """,
        [until, row],
    ).rowcount
    if changed and signal is not None:
        _tell(connection, "outbox.parked", row, signal)


def _tell(connection: Connection, action: str, row: str, code: str) -> None:
    signal_write(connection, "relay", "sequence_fail", {"action": action, "row": row, "code": code})
    audit_write(connection, "process:relay", action, f"outbox:{row}", {"code": code})


def _code(outcome: dict[str, Any]) -> str:
    problem = outcome.get("problem")
    return str(problem["code"] if problem is not None else outcome.get("refused", ""))
