"""The port to a foreign system of accounting: what an adapter offers, in shapes that belong to no system.

Shapes stand here, the methods that use them in `okno.connectors.runtime.system`. `account` is always the system's own
reference of an account; the opaque ids of the wire are the runtime's business. Amounts are integers of minor units of
the currency named beside them; sign rule: + is owed by the customer. Times are aware UTC.
"""

from okno.connectors.runtime.port.accounts import (
    AccountState,
    Due,
    Operation,
    OperationsPage,
    ReconciledContract,
    Reconciliation,
    ReconciliationLine,
    Snapshot,
    Statement,
    Version,
    VersionedOperation,
)
from okno.connectors.runtime.port.bills import Bill, BillsPage, Payee, Requisites
from okno.connectors.runtime.port.comparing import AccountRow, CustomerRow, OperationRow, Page, PostingRow
from okno.connectors.runtime.port.ledgers import Changes, Entry, Ledger
from okno.connectors.runtime.port.money import MoneyBack, Payment, Posted, Promise, Promised
from okno.connectors.runtime.port.people import Facts, Identified, Profile
from okno.connectors.runtime.port.refusals import Refusal, RefusalCode, SystemAway, Trouble

__all__ = [
    "AccountRow",
    "AccountState",
    "Bill",
    "BillsPage",
    "Changes",
    "CustomerRow",
    "Due",
    "Entry",
    "Facts",
    "Identified",
    "Ledger",
    "MoneyBack",
    "Operation",
    "OperationRow",
    "OperationsPage",
    "Page",
    "Payee",
    "Payment",
    "Posted",
    "PostingRow",
    "Profile",
    "Promise",
    "Promised",
    "ReconciledContract",
    "Reconciliation",
    "ReconciliationLine",
    "Refusal",
    "RefusalCode",
    "Requisites",
    "Snapshot",
    "Statement",
    "SystemAway",
    "Trouble",
    "Version",
    "VersionedOperation",
]
