"""Documents over HTTP: asked for (202), looked after, downloaded, appealed against."""

from datetime import date, datetime
from typing import Annotated, Literal
from urllib.parse import quote
from uuid import UUID

from django.http import HttpResponse
from ninja import Router, Schema, Status
from pydantic import Field, StrictInt, StrictStr

from okno.cabinet.accounts.api import Asked
from okno.cabinet.accounts.selectors import access_account
from okno.cabinet.documents.press.symbols import Matrix
from okno.cabinet.documents.selectors import access_document, documents_of
from okno.cabinet.documents.services.appeals import appeal_raise, appeals_of
from okno.cabinet.documents.services.asking import Kind, Wish, document_ask
from okno.cabinet.documents.services.letters import letter_send
from okno.cabinet.documents.services.making import Form, act_lines, document_file
from okno.cabinet.documents.services.preview import Payees, slip_preview
from okno.cabinet.identity.api import OpenRequest
from okno.carriers.mail_address import CHARS_MAX

AMOUNT_CHARS_MAX, BILL_CHARS_MAX, LINE_MAX = 20, 128, 100_000

asking = Router(tags=["documents"])
documents = Router(tags=["documents"])


class DocumentWish(Schema):
    """A slip has an `amount` or a blank sum, a bill its `bill` or is the latest, the others both days of a period."""

    kind: Kind
    first: date | None = None
    last: date | None = None
    amount: Annotated[StrictStr, Field(max_length=AMOUNT_CHARS_MAX)] | None = None
    currency: Annotated[StrictStr, Field(max_length=3)] = "RUB"
    bill: Annotated[StrictStr, Field(min_length=1, max_length=BILL_CHARS_MAX)] | None = None


class DocumentOut(Schema):
    """`trouble` is a code, of a failed document alone; `period-too-large`: a shorter one would come.

    `amount` in roubles, of a slip whose sum is not blank. `can_mail`: a link to it can be sent by e-mail.
    """

    id: UUID
    account_id: UUID
    kind: Kind
    state: Literal["asked", "ready", "failed"]
    trouble: str | None
    first: date | None
    last: date | None
    amount: str | None
    asked_at: datetime
    ready_at: datetime | None
    expires_at: datetime
    can_mail: bool


class LetterWish(Schema):
    """Where to send the link; `key` is the wish's own: the same key and address are the same letter."""

    key: UUID
    email: Annotated[StrictStr, Field(max_length=CHARS_MAX)]


class LetterOut(Schema):
    """Where the letter goes, masked."""

    to: str


class SlipLines(Schema):
    """The printed lines of a slip, sign by sign as in its file. Both parts of a blank sum are empty."""

    payee: str
    inn: str
    kpp: str
    account: str
    bank: str
    bic: str
    correspondent_account: str
    purpose: str
    number: str
    name: str
    address: str
    period: str
    roubles: str
    kopecks: str


class SlipSymbol(Schema):
    """A code as a path of an SVG drawing, `side` modules wide and high, its silence included."""

    side: int
    path: str


class SlipOut(Schema):
    """A slip to look at and to print; `payees` as compared with the slips that one has seen before.

    `symbol` is the payment code, `sbp` the payee's static link, which does not say who pays: None where it has none.
    """

    lines: SlipLines
    symbol: SlipSymbol
    sbp: SlipSymbol | None
    as_of: datetime
    payees: Payees


class AppealOut(Schema):
    """A line that one has disagreed with: `taken` once staff looks into it, `answered` with their words.

    `number` is what it is called by; `answer_by` the last day of its term, `is_late` when that passed without answer.
    """

    number: int
    line: int
    state: Literal["new", "taken", "answered"]
    note: str
    raised_at: datetime
    answer_by: date
    is_late: bool
    taken_at: datetime | None
    answer: str | None
    answered_at: datetime | None


class ActLine(Schema):
    """One line of a reconciliation statement, as it is printed."""

    line: int
    day: str
    document: str
    debit: str
    credit: str


class ActContract(Schema):
    """`contract` is empty where the books have no contract but the account itself."""

    contract: str
    conclusion: str
    rows: list[ActLine]


class Objection(Schema):
    """The number of a line, and what is wrong with it in the customer's own words: 1 to 2,000 characters."""

    line: Annotated[StrictInt, Field(ge=1, le=LINE_MAX)]
    note: StrictStr = ""


@asking.post("/{uuid:account_id}/documents", response={202: Asked}, operation_id="document_ask")
def document_ask_post(request: OpenRequest, account_id: UUID, body: DocumentWish) -> Status[Asked]:
    """Ask for a document. 422 `amount-wrong`, `period-wrong`; 409 `account-closed` for a slip of such an account."""
    wish = Wish(**body.dict())
    return Status(202, Asked(id=document_ask(user_id=request.visitor.user_id, account_id=account_id, wish=wish)))


@asking.get("/{uuid:account_id}/documents", response=list[DocumentOut], operation_id="document_list")
def document_list_get(request: OpenRequest, account_id: UUID) -> list[DocumentOut]:
    """The latest documents that one asked for, newest first."""
    user_id = request.visitor.user_id
    account = access_account(user_id, account_id, right="view")
    return [DocumentOut.from_orm(one) for one in documents_of(user_id, account.id)]


@documents.get("/{uuid:document_id}", response=DocumentOut, operation_id="document_get")
def document_get(request: OpenRequest, document_id: UUID) -> DocumentOut:
    """Where a document stands."""
    return DocumentOut.from_orm(access_document(request.visitor.user_id, document_id))


@documents.get("/{uuid:document_id}/file", operation_id="document_file")
def document_file_get(request: OpenRequest, document_id: UUID, form: Form = "pdf") -> HttpResponse:
    """The file to keep: PDF, of a statement CSV and XLSX too. 409 `not-ready`, `document-failed` with `trouble`."""
    made = document_file(user_id=request.visitor.user_id, document_id=document_id, form=form)
    response = HttpResponse(made.content, content_type=made.content_type)
    response["Content-Disposition"] = f"attachment; filename=\"document.{form}\"; filename*=UTF-8''{quote(made.name)}"
    return response


@documents.post("/{uuid:document_id}/letter", response={202: LetterOut}, operation_id="document_letter")
def document_letter_post(request: OpenRequest, document_id: UUID, body: LetterWish) -> Status[LetterOut]:
    """E-mail a link to the document. 422 `wrong-address`; 409 `no-letters`, `not-ready`, `document-failed`."""
    user_id = request.visitor.user_id
    return Status(202, LetterOut(to=letter_send(user_id=user_id, document_id=document_id, **body.dict())))


@documents.get("/{uuid:document_id}/lines", response=list[ActContract], operation_id="document_lines")
def document_lines_get(request: OpenRequest, document_id: UUID) -> list[ActContract]:
    """The lines of a reconciliation statement, to choose one from."""
    sheet = act_lines(user_id=request.visitor.user_id, document_id=document_id)
    return [ActContract.from_orm(contract) for contract in sheet.contracts]


@documents.get("/{uuid:document_id}/slip", response=SlipOut, operation_id="document_slip")
def document_slip_get(request: OpenRequest, document_id: UUID) -> SlipOut:
    """A slip as it is printed. 409 as of the file."""
    made = slip_preview(user_id=request.visitor.user_id, document_id=document_id)
    return SlipOut(
        lines=SlipLines.from_orm(made.sheet),
        symbol=_symbol(made.symbol),
        sbp=_symbol(made.sbp) if made.sbp is not None else None,
        as_of=made.as_of,
        payees=made.payees,
    )


def _symbol(matrix: Matrix) -> SlipSymbol:
    return SlipSymbol(side=matrix.side, path=matrix.path())


@documents.get("/{uuid:document_id}/appeals", response=list[AppealOut], operation_id="document_appeals")
def document_appeals_get(request: OpenRequest, document_id: UUID) -> list[AppealOut]:
    """The lines of a reconciliation statement that one has disagreed with, and what became of that."""
    told = appeals_of(user_id=request.visitor.user_id, document_id=document_id)
    return [AppealOut.from_orm(one) for one in told]


@documents.post("/{uuid:document_id}/appeals", response={201: Asked}, operation_id="document_appeal")
def document_appeal_post(request: OpenRequest, document_id: UUID, body: Objection) -> Status[Asked]:
    """Disagree with a line of a reconciliation statement. 422 `words-wrong`; 409 `already-said` for it."""
    user_id = request.visitor.user_id
    return Status(201, Asked(id=appeal_raise(user_id=user_id, document_id=document_id, **body.dict())))
