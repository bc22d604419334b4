"""What a provider says became of a receipt, into its row. Plain SQL, the till's; a failed one is for a person."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from okno.cabinet.kit.processes.dispatcher import Connection
from okno.cabinet.kit.processes.rows import signal_write
from okno.cabinet.payments.providers.port import ReceiptSnapshot

REGISTERED = """
    UPDATE payments_receipt SET state = 'registered', number = %(number)s, drive = %(drive)s, sign = %(sign)s,
           registered_at = %(at)s, link = %(link)s, ask_at = NULL
     WHERE attempt_id = %(id)s AND state <> 'registered'
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
