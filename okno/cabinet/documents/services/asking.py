"""Asking for a document: a row, and the questions to the inside whose answers it is made from."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings

from okno.cabinet.accounts.models import Account
from okno.cabinet.accounts.selectors import NotFoundError, access_account, grant_in_force
from okno.cabinet.accounts.services.access import PREFIX
from okno.cabinet.documents.core.periods import period_of
from okno.cabinet.documents.core.slips import CURRENCY, slip_minor
from okno.cabinet.documents.core.troubles import DocumentError
from okno.cabinet.documents.models import Document
from okno.cabinet.documents.selectors import RIGHTS
from okno.cabinet.kit import rls
from okno.cabinet.kit.audit import audit_write
from okno.cabinet.kit.buckets import take
from okno.cabinet.kit.outbox.handed import BILL_LIST, RECONCILIATION_GET, REQUISITES_GET, STATEMENT_GET
from okno.cabinet.kit.outbox.services import Entry, query_enqueue
from okno.cabinet.kit.problems import Refusal, RefusalError
from okno.protocol.ids import new_id
from okno.protocol.messages import BillList, ReconciliationGet, RequisitesGet, StatementGet
from okno.protocol.messages.base import Message, Period

KEPT_FOR = timedelta(days=30)
BILLS_MAX = 100

Kind = Literal["slip", "statement", "reconciliation", "bill"]
REFUSALS = {"amount-wrong": Refusal.AMOUNT_WRONG, "period-wrong": Refusal.PERIOD_WRONG}


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What somebody wants.

    `amount` of a slip: a decimal, None for a blank sum; `bill`: the inside's key of it, None for the latest one.
    """

    kind: Kind
    first: date | None = None
    last: date | None = None
    amount: str | None = None
    currency: str = CURRENCY
    bill: str | None = None


def document_ask(*, user_id: UUID, account_id: UUID, wish: Wish) -> UUID:
    """Ask the inside for what the document needs; returns the document's id.

    Raises NotFoundError, ThrottledError, RefusalError bad-request, amount-wrong, period-wrong, account-closed. Nothing
    is stored then.
    """
    account = access_account(user_id, account_id, right=RIGHTS[wish.kind])
    row = _drafted(user_id, account, wish)
    take("documents-ask", str(user_id))
    with rls.acting(user_id):
        row.requisites_row = _ask(row, account, REQUISITES_GET, RequisitesGet(account=str(account.id)), right="view")
        if (question := _question(row)) is not None:
            row.data_row = _ask(row, account, *question, right=RIGHTS[wish.kind])
        row.save(force_insert=True)
        audit_write(
            actor=f"user:{user_id}",
            action="document.ask",
            subject=f"account:{account.id}",
            detail={"document": str(row.id), "kind": row.kind},
        )
    return row.id


def _drafted(user_id: UUID, account: Account, wish: Wish) -> Document:
    """The row of a wish that can be fulfilled."""
    row = Document(
        id=UUID(new_id()),
        user_id=user_id,
        account_id=account.id,
        kind=wish.kind,
        expires_at=datetime.now(UTC) + KEPT_FOR,
    )
    try:
        match wish:
            case Wish(kind="slip", first=None, last=None, bill=None):
                if account.status == "closed":
                    raise RefusalError(Refusal.ACCOUNT_CLOSED)
                if account.currency != CURRENCY:
                    raise RefusalError(Refusal.AMOUNT_WRONG)
                row.minor = slip_minor(wish.amount, wish.currency)
            case Wish(kind="bill", first=None, last=None, amount=None):
                row.bill = wish.bill
            case Wish(kind="statement" | "reconciliation", first=date(), last=date(), amount=None, bill=None):
                assert wish.first is not None  # the pattern says so
                assert wish.last is not None
                today = datetime.now(ZoneInfo(settings.OKNO.time_zone)).date()
                period = period_of(wish.first, wish.last, today=today)
                row.first, row.last = period.first, period.last
            case _:
                raise RefusalError(Refusal.BAD_REQUEST)
    except DocumentError as error:
        raise RefusalError(REFUSALS[error.trouble]) from error
    return row


def _question(row: Document) -> tuple[str, Message] | None:
    """What has to be known beside the requisites."""
    account = str(row.account_id)
    if row.kind == "bill":
        return BILL_LIST, BillList(account=account, limit=BILLS_MAX)
    if row.first is None or row.last is None:
        return None
    period = Period(first=row.first, last=row.last)
    if row.kind == "statement":
        return STATEMENT_GET, StatementGet(account=account, period=period)
    return RECONCILIATION_GET, ReconciliationGet(account=account, period=period)


def _ask(row: Document, account: Account, question: str, data: Message, *, right: str) -> UUID:
    grant = grant_in_force(row.user_id, account.id, right=right)
    if grant is None:
        raise NotFoundError("grant")
    return query_enqueue(
        Entry(
            type=question,
            system=account.system_id,
            subject=f"{PREFIX}{account.id}",
            data=data,
            authtype="app_user",
            authid=str(row.user_id),
            grant_token=grant.token,
            priority=2,
        )
    )
