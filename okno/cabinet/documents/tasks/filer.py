"""The filer: puts what the inside told into the document that it was asked for.

Checked here, before anything is kept: a payee that a bank would refuse, a statement that does not add up, an answer
about another account or period leave nothing but the reason.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime

import msgspec

from okno.cabinet.accounts.tasks.rows import Fetched
from okno.cabinet.accounts.tasks.taking import ReplyTaker
from okno.cabinet.documents.core.payees import Payee, payee_of
from okno.cabinet.documents.core.reconciliations import act_sheet
from okno.cabinet.documents.core.statements import statement_sheet
from okno.cabinet.documents.core.troubles import DocumentError
from okno.cabinet.kit.outbox.handed import DOCUMENTS
from okno.cabinet.kit.processes.dispatcher import Connection
from okno.protocol import messages as m
from okno.protocol.messages.base import Message, Period
from okno.protocol.pen import Received

LOCK = """
    SELECT id::text, account_id::text, first, last, bill FROM documents_document
     WHERE (requisites_row = %(row)s OR data_row = %(row)s) AND state = 'asked' FOR UPDATE
"""

REQUISITES = "UPDATE documents_document SET requisites = %(told)s::jsonb WHERE id = %(id)s"
DATA = "UPDATE documents_document SET data = %(told)s::jsonb WHERE id = %(id)s"

READY = """
    UPDATE documents_document SET state = 'ready', ready_at = %(now)s
     WHERE id = %(id)s AND requisites IS NOT NULL AND (data_row IS NULL OR data IS NOT NULL)
"""

FAILED = """
    UPDATE documents_document SET state = 'failed', trouble = %(trouble)s, requisites = NULL, data = NULL
     WHERE id = %(id)s
"""

# Sums are checked with nobody's name: it is sealed, and not for this process.
NOBODY = m.Profile(name="", number="")
NO_PAYEE = Payee(name="", account="", bank="", bic="", correspondent_account=None, inn="")
ZONE_OF_SUMS = UTC


@dataclass(frozen=True)
class Asked:
    """The document that a reply belongs to."""

    id: str
    account: str
    first: date | None
    last: date | None
    bill: str | None

    def is_about(self, account: str, period: Period) -> bool:
        return (account, period.first, period.last) == (self.account, self.first, self.last)


class Filer(ReplyTaker):
    """See `ReplyTaker`."""

    name = "filer"
    types = tuple(sorted(DOCUMENTS))
    priorities = (2,)

    def take(self, connection: Connection, fetched: Fetched, received: Received, now: datetime) -> str | None:
        found = connection.execute(LOCK, {"row": fetched.row}).fetchone()
        if found is None:
            return None  # gone with its term, or failed by its other answer
        asked = Asked(*found)
        try:
            statement, told = _checked(asked, received.data)
        except DocumentError as error:
            connection.execute(FAILED, {"id": asked.id, "trouble": error.trouble})
            return error.trouble
        connection.execute(statement, {"id": asked.id, "told": msgspec.json.encode(told).decode()})
        connection.execute(READY, {"id": asked.id, "now": now})
        return None


def _checked(asked: Asked, data: msgspec.Struct) -> tuple[str, Message]:
    """Where to put what of the answer. Raises DocumentError."""
    match data:
        case m.Requisites(account=asked.account):
            payee_of(data)
            return REQUISITES, data
        case m.Statement() if asked.is_about(data.account, data.period):
            statement_sheet(data, NOBODY, "", ZONE_OF_SUMS)
            return DATA, data
        case m.Reconciliation() if asked.is_about(data.account, data.period):
            act_sheet(data, NOBODY, NO_PAYEE, ZONE_OF_SUMS)
            return DATA, data
        case m.BillPage(account=asked.account):
            return DATA, _bill(asked, data)
    raise DocumentError("other-account")


def _bill(asked: Asked, page: m.BillPage) -> m.Bill:
    """The bill that was asked for; without a key the latest, which the page begins with."""
    found = next((bill for bill in page.bills if asked.bill in (None, bill.bill)), None)
    if found is None:
        raise DocumentError("bill-unknown")
    if not 0 <= found.remaining.money.minor <= found.amount.money.minor:
        raise DocumentError("does-not-add-up", "remaining")
    return found
