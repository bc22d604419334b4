"""What staff may see: mirrors of tables with exactly the columns that the role `okno_desk` has rights on.

Sealed texts, token hashes, grants and payloads are left out here because the database refuses them there.
"""

from okno.cabinet.desk.models.appeals import AppealRow
from okno.cabinet.desk.models.entering import Factor, Key, Presence, StaffLink
from okno.cabinet.desk.models.keeping import AutopayRow, CardRow, ContactRow, TurnRow
from okno.cabinet.desk.models.payers import AgentOrderRow, AgentRow, LinkRow, PromiseRow, ReceiptRow
from okno.cabinet.desk.models.payments import (
    AttemptRow,
    ChargebackRow,
    MoveRow,
    PaymentRow,
    PostingRow,
    RefundRow,
    UnpostingRow,
)
from okno.cabinet.desk.models.processes import AccountRow, JobRow, NoticeRow, OutboxRow, SessionRow, SignalRow
from okno.cabinet.desk.models.reconciliation import DayRow, DifferenceRow, LineRow, PayoutRow, StatementRow
from okno.cabinet.desk.models.slips import SlipRunRow

__all__ = [
    "AccountRow",
    "AgentOrderRow",
    "AgentRow",
    "AppealRow",
    "AttemptRow",
    "AutopayRow",
    "CardRow",
    "ChargebackRow",
    "ContactRow",
    "DayRow",
    "DifferenceRow",
    "Factor",
    "JobRow",
    "Key",
    "LineRow",
    "LinkRow",
    "MoveRow",
    "NoticeRow",
    "OutboxRow",
    "PaymentRow",
    "PayoutRow",
    "PostingRow",
    "Presence",
    "PromiseRow",
    "ReceiptRow",
    "RefundRow",
    "SessionRow",
    "SignalRow",
    "SlipRunRow",
    "StaffLink",
    "StatementRow",
    "TurnRow",
    "UnpostingRow",
]
