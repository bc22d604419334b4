"""What a payment system is to Okno: a `Provider` of parts. A part left out is a capability that is not offered.

An adapter is pure but for its wire: no database, no settings of Django, no clock. Whatever arrives is verified over the
bytes that arrived, and only then read. Amounts are `Money`, always positive here; a provider's own units exist inside
of its adapter alone. The customer always leaves for the provider's own page: no card number comes near us.
"""

from okno.cabinet.payments.providers.port.facts import (
    Dispute,
    Reached,
    ReceiptSnapshot,
    RefundSnapshot,
    RefundState,
    SavedCard,
    Snapshot,
    State,
)
from okno.cabinet.payments.providers.port.notices import (
    Asked,
    Ignored,
    Notice,
    ReceiptTold,
    Received,
    RefundTold,
    Reply,
    Told,
)
from okno.cabinet.payments.providers.port.provider import (
    Asking,
    Charges,
    Confirms,
    Disputes,
    Limits,
    Notices,
    Provider,
    Receipts,
    Refunds,
    Registers,
    Starting,
)
from okno.cabinet.payments.providers.port.troubles import (
    AUTHENTICATION,
    FINAL,
    REPEAT,
    NoticeRefused,
    ProviderAway,
    ProviderError,
    ProviderRefusal,
    Reason,
)
from okno.cabinet.payments.providers.port.wishes import Form, Intent, Item, Receipt, Redirect, Started, Symbol

__all__ = [
    "AUTHENTICATION",
    "FINAL",
    "REPEAT",
    "Asked",
    "Asking",
    "Charges",
    "Confirms",
    "Dispute",
    "Disputes",
    "Form",
    "Ignored",
    "Intent",
    "Item",
    "Limits",
    "Notice",
    "NoticeRefused",
    "Notices",
    "Provider",
    "ProviderAway",
    "ProviderError",
    "ProviderRefusal",
    "Reached",
    "Reason",
    "Receipt",
    "ReceiptSnapshot",
    "ReceiptTold",
    "Receipts",
    "Received",
    "Redirect",
    "RefundSnapshot",
    "RefundState",
    "RefundTold",
    "Refunds",
    "Registers",
    "Reply",
    "SavedCard",
    "Snapshot",
    "Started",
    "Starting",
    "State",
    "Symbol",
    "Told",
]
