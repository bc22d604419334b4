"""An invented crowd of customers, the same for a seed wherever it is made: in the book, in a read model, in a test.

Nobody in it exists: surnames are put together from syllables, telephones are of the range +7 900 000-xx-xx.
"""

from okno.connectors.book.crowd.history import ANCHOR, OPERATIONS_PER_ACCOUNT, CrowdOperation, operations
from okno.connectors.book.crowd.load import CrowdPresent, load
from okno.connectors.book.crowd.people import CrowdAccount, account_id, account_number, row, rows

__all__ = [
    "ANCHOR",
    "OPERATIONS_PER_ACCOUNT",
    "CrowdAccount",
    "CrowdOperation",
    "CrowdPresent",
    "account_id",
    "account_number",
    "load",
    "operations",
    "row",
    "rows",
]
