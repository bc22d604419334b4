"""The outbox as projector and registrar see it: answers that end rows, and replies that the relay has fetched."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from okno.cabinet.accounts.tasks.reading import SNAPSHOT_GET, SYNC_PAGE, Answer
from okno.cabinet.accounts.tasks.store import SNAPSHOT_PRIORITY
from okno.cabinet.kit.processes.dispatcher import Connection
from okno.cabinet.kit.processes.rows import audit_write, signal_write
from okno.protocol.errors import ErrorCode, ProtocolError
from okno.protocol.keys import Keyring
from okno.protocol.pen import Glass, Received

REPLIES_MAX = 50
#: The connector said that the command may be sent again: not at once.
AGAIN = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A reply to a query as the relay received it, not yet believed."""

    row: str
    type: str
    subject: str
    system: str
    raw: bytes
    received_at: datetime
    asked_at: datetime
    sent: tuple[str, ...]

    def read(self, ring: Keyring, receiver: str) -> Received:
        """Judged at the moment it was fetched, since it lives only as long as its query. Raises ProtocolError."""
        received = Glass(ring, receiver=receiver).read(self.raw, at=self.received_at, online=False)
        if received.envelope.requesthash not in self.sent:
            raise ProtocolError(ErrorCode.REQUEST_HASH)
        return received


def replies_lock(
    connection: Connection,
    limit: int = REPLIES_MAX,
    *,
    types: Sequence[str] = (SNAPSHOT_GET, SYNC_PAGE),
    priorities: Sequence[int] = (SNAPSHOT_PRIORITY,),
) -> list[Fetched]:
    """Fetched replies that wait to be applied, oldest first."""
    rows = connection.execute(
        """
        SELECT id::text, type, subject, system, outcome->>'raw', (outcome->>'received_at')::timestamptz, recorded_at,
               ARRAY(SELECT jsonb_array_elements_text(outcome->'sent'))
          FROM kit_outbox
         WHERE priority = ANY(%s) AND state = 'accepted' AND type = ANY(%s) AND outcome ? 'raw'
         ORDER BY seq LIMIT %s FOR UPDATE SKIP LOCKED
        """,
        [list(priorities), list(types), limit],
    )
    return [
        Fetched(row, type_, subject, system, raw.encode(), received_at, asked_at, tuple(sent))
        for row, type_, subject, system, raw, received_at, asked_at, sent in rows.fetchall()
    ]


def replies_end(connection: Connection, ended: Sequence[tuple[str, str | None]], now: datetime) -> None:
    """Applied replies are done and forgotten, since our tables hold them; a refused one fails with its reason."""
    connection.execute(
        """
        UPDATE kit_outbox o SET finished_at = %s, state = CASE WHEN e.code IS NULL THEN 'done' ELSE 'failed' END,
               outcome = CASE WHEN e.code IS NULL THEN NULL ELSE jsonb_build_object('refused', e.code) END
          FROM unnest(%s::uuid[], %s::text[]) e(id, code) WHERE o.id = e.id
        """,
        [now, [row for row, _ in ended], [code for _, code in ended]],
    )


def answers_write(connection: Connection, answers: Sequence[Answer], now: datetime) -> None:
    """End the rows that the answers are to. One for a row that is over, or that never sent this request, is dropped.

    But for a reply to what was refused: an earlier attempt has taken effect after all, and what is done is done.
    """
    rows = connection.execute(
        """
        UPDATE kit_outbox o
           SET state = CASE COALESCE(a.retry, '') WHEN '' THEN 'done' WHEN 'never' THEN 'failed' ELSE 'queued' END,
               outcome = CASE COALESCE(a.retry, '') WHEN '' THEN a.outcome
                   WHEN 'never' THEN a.outcome || jsonb_build_object('sent', o.outcome->'sent') ELSE o.outcome END,
               finished_at = CASE WHEN COALESCE(a.retry, 'never') = 'never' THEN %(now)s END,
               next_attempt_at = CASE WHEN COALESCE(a.retry, 'never') = 'never' THEN o.next_attempt_at
                                      ELSE %(again)s END
          FROM unnest(%(ids)s::uuid[], %(types)s::text[], %(systems)s::text[], %(hashes)s::text[],
                      %(outcomes)s::jsonb[], %(retries)s::text[]) a(id, type, system, hash, outcome, retry)
         WHERE o.id = a.id AND o.type = a.type AND o.system = a.system AND o.outcome->'sent' ? a.hash
           AND (o.state IN ('queued', 'accepted') OR (o.state = 'failed' AND a.retry IS NULL))
        RETURNING o.id::text, o.state
        """,
        {
            "now": now,
            "again": now + AGAIN,
            "ids": [answer.row for answer in answers],
            "types": [answer.type for answer in answers],
            "systems": [answer.system for answer in answers],
            "hashes": [answer.request_hash for answer in answers],
            "outcomes": [answer.outcome.decode() for answer in answers],
            "retries": [answer.retry for answer in answers],
        },
    ).fetchall()
    if any(state == "queued" for _, state in rows):
        connection.execute("SELECT pg_notify('okno_outbox', '')")
    if any(state != "queued" for _, state in rows):
        # Whoever waits for a command's end looks at its row.
        connection.execute("SELECT pg_notify('okno_answer', '')")
    failed = {row for row, state in rows if state == "failed"}
    for answer in answers:
        if answer.row in failed and answer.money:
            # Money that the books refuse for good: a person has to look.
            detail = {"row": answer.row, "type": answer.type, "code": answer.code}
            signal_write(connection, "projector", "sequence_fail", detail)
            audit_write(connection, "process:projector", "outbox.failed", f"outbox:{answer.row}", detail)
