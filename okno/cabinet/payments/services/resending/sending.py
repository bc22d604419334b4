"""What staff wants sent once more goes out again, as the same command under the same key. As role okno_till."""

from __future__ import annotations

from okno.cabinet.kit.processes.dispatcher import Connection
from okno.cabinet.kit.processes.rows import audit_write

WISHED = """
    SELECT id::text, outbox FROM payments_{kind} WHERE state = 'rejected' AND again ORDER BY id FOR UPDATE SKIP LOCKED
"""
QUEUE = "SELECT payments_outbox_again(%s)"
SENT = "UPDATE payments_{kind} SET state = 'sent', again = false WHERE id = %s"


def again_send(connection: Connection) -> int:
    """How many went out. In the caller's transaction."""
    sent = 0
    for kind in ("posting", "unposting"):
        for id_, outbox in connection.execute(WISHED.format(kind=kind)).fetchall():
            row = connection.execute(QUEUE, [outbox]).fetchone()
            assert row is not None, "a function has one row"
            if not row[0]:
                continue  # the books have it after all: whoever settles answers takes that
            connection.execute(SENT.format(kind=kind), [id_])
            audit_write(connection, "process:till", f"{kind}.again", f"{kind}:{id_}", {})
            sent += 1
    if sent:
        connection.execute("SELECT pg_notify('okno_outbox', '')")
    return sent
