"""What a provider says became of a receipt, into its row. Plain SQL, the till's; a failed one is for a person."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from okno.cabinet.kit.processes.dispatcher import Connection
from okno.cabinet.kit.processes.rows import signal_write
from okno.cabinet.payments.providers.port import ReceiptSnapshot

# A provider may be quicker to tell of one than the till to write down the call that had it made.
REGISTERED = """
    INSERT INTO payments_receipt (attempt_id, state, number, drive, sign, registered_at, link)
    VALUES (%(id)s, 'registered', %(number)s, %(drive)s, %(sign)s, %(at)s, %(link)s)
    ON CONFLICT (attempt_id) DO UPDATE SET state = EXCLUDED.state, number = EXCLUDED.number, drive = EXCLUDED.drive,
        sign = EXCLUDED.sign, registered_at = EXCLUDED.registered_at, link = EXCLUDED.link, ask_at = NULL
     WHERE payments_receipt.state <> 'registered'
"""
FAILED = "UPDATE payments_receipt SET state = 'failed', ask_at = %s WHERE attempt_id = %s AND state = 'asked'"
NEXT = "UPDATE payments_receipt SET ask_at = %s WHERE attempt_id = %s"


def receipt_apply(
    connection: Connection,
    attempt: UUID | str,
    provider: str,
    told: ReceiptSnapshot | None,
    following: datetime | None,
) -> None:
    """`following`: when it is asked about next, if it can be; with none left, what was never made is for a person."""
    if told is not None and told.state == "done":
        link = told.link if told.link.startswith("https://") else ""
        values = {"id": attempt, "number": told.number, "drive": told.drive, "sign": told.sign, "at": told.at}
        connection.execute(REGISTERED, {**values, "link": link})
        return
    is_over = following is None or (told is not None and told.state == "failed")
    if is_over and connection.execute(FAILED, [following, attempt]).rowcount:
        # The law gives a day to mend it: a person has to look.
        detail = {"action": "receipt.failed", "provider": provider, "attempt": str(attempt)}
        signal_write(connection, "till", "sequence_fail", detail)
    else:
        connection.execute(NEXT, [following, attempt])
