"""The file of a document, made from what the inside told; and the lines of an act, to name one of.

Here, and nowhere else in documents, the sealed name and address are opened: the process that hands the file to its
owner holds the key anyway (decision 0010).
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import structlog
from django.conf import settings

from okno.cabinet.accounts.services.access import PREFIX
from okno.cabinet.documents.core.bills import bill_sheet, bill_slip
from okno.cabinet.documents.core.figures import Locale
from okno.cabinet.documents.core.payees import payee_of
from okno.cabinet.documents.core.reconciliations import ActSheet, act_english, act_sheet
from okno.cabinet.documents.core.slips import slip_of
from okno.cabinet.documents.core.statements import statement_sheet
from okno.cabinet.documents.core.troubles import DocumentError
from okno.cabinet.documents.models import Document
from okno.cabinet.documents.press.slips import bill_pdf, slip_pdf
from okno.cabinet.documents.press.statements import act_pdf, statement_pdf
from okno.cabinet.documents.press.tables import statement_csv, statement_xlsx
from okno.cabinet.documents.selectors import access_document
from okno.cabinet.identity.selectors import locale_of
from okno.cabinet.kit import rls
from okno.cabinet.kit.audit import audit_write
from okno.cabinet.kit.buckets import take
from okno.cabinet.kit.outbox.handed import REQUISITES_GET
from okno.cabinet.kit.problems import Refusal, RefusalError
from okno.protocol.errors import ProtocolError
from okno.protocol.keys import OpeningKey
from okno.protocol.messages import Bill, Profile, Reconciliation, Requisites, Statement
from okno.protocol.sealing import open_sealed

log = structlog.get_logger("okno.documents")

Form = Literal["pdf", "csv", "xlsx"]
CONTENT_TYPES: dict[Form, str] = {
    "pdf": "application/pdf",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
TITLES: dict[Locale, dict[str, str]] = {
    "ru": {"slip": "Квитанция", "statement": "Выписка", "reconciliation": "Акт сверки", "bill": "Счёт"},
    "en": {"slip": "Payment slip", "statement": "Statement", "reconciliation": "Reconciliation act", "bill": "Bill"},
}


@dataclass(frozen=True)
class File:
    """`name` is what the reader's disk calls it."""

    name: str
    content_type: str
    content: bytes


def document_file(*, user_id: UUID, document_id: UUID, form: Form) -> File:
    """The file of the user's document, in the language that he reads the portal in.

    Raises NotFoundError, ThrottledError, RefusalError not-ready, document-failed, unavailable, and bad-request for a
    form that this kind has not.
    """
    row = ready_of(user_id, document_id)
    if form != "pdf" and row.kind != "statement":
        raise RefusalError(Refusal.BAD_REQUEST)
    take("documents-file", str(user_id))
    try:
        locale = locale_of(user_id)
        content = _made(row, form, locale)
    except DocumentError as error:
        raise not_made(row, error) from error
    with rls.acting(user_id):
        audit_write(
            actor=f"user:{user_id}",
            action="document.file",
            subject=f"account:{row.account_id}",
            detail={"document": str(row.id), "sha256": hashlib.sha256(content).hexdigest()},
        )
    return File(f"{_title(row, locale)}.{form}", CONTENT_TYPES[form], content)


def act_lines(*, user_id: UUID, document_id: UUID) -> ActSheet:
    """The lines of the user's reconciliation statement, as they are printed; conclusions in the language he reads.

    Raises as `document_file` does.
    """
    row = act_row(user_id, document_id)
    sheet = act_of(row)
    if locale_of(user_id) == "ru":
        return sheet
    requisites, payer = told_of(row)
    english = act_english(msgspec.convert(row.data, Reconciliation), payer, payee_of(requisites), _zone())
    contracts = zip(sheet.contracts, english.conclusions, strict=True)
    told = tuple(msgspec.structs.replace(contract, conclusion=text) for contract, text in contracts)
    return msgspec.structs.replace(sheet, contracts=told)


def ready_of(user_id: UUID, document_id: UUID) -> Document:
    """The user's document with its answers. Raises NotFoundError, RefusalError not-ready, document-failed."""
    row = access_document(user_id, document_id)
    if row.state == "asked":
        raise RefusalError(Refusal.NOT_READY, retry_after_s=2)
    if row.state == "failed":
        raise RefusalError(Refusal.DOCUMENT_FAILED, trouble=row.trouble or "")
    return row


def act_row(user_id: UUID, document_id: UUID) -> Document:
    """The user's reconciliation statement with its answers. Raises as `ready_of` does, bad-request for another kind."""
    row = ready_of(user_id, document_id)
    if row.kind != "reconciliation":
        raise RefusalError(Refusal.BAD_REQUEST)
    return row


def act_of(row: Document) -> ActSheet:
    """Its printed lines, in Russian. Raises RefusalError document-failed, unavailable."""
    requisites, payer = told_of(row)
    try:
        return act_sheet(msgspec.convert(row.data, Reconciliation), payer, payee_of(requisites), _zone())
    except DocumentError as error:
        raise not_made(row, error) from error


def _made(row: Document, form: Form, locale: Locale) -> bytes:
    requisites, payer = told_of(row)
    payee, purpose, at = payee_of(requisites), requisites.purpose, requisites.as_of
    match row.kind:
        case "slip":
            return slip_pdf(slip_of(payee, purpose, payer, row.minor), at, locale)
        case "bill":
            bill = msgspec.convert(row.data, Bill)
            slip = bill_slip(bill, payee, purpose, payer)
            return bill_pdf(bill_sheet(bill, payee, payer, slip, locale), slip, at)
        case "reconciliation":
            act = msgspec.convert(row.data, Reconciliation)
            english = act_english(act, payer, payee, _zone()) if locale == "en" else None
            return act_pdf(act_sheet(act, payer, payee, _zone()), act.as_of, english)
    told = msgspec.convert(row.data, Statement)
    sheet = statement_sheet(told, payer, payee.name, _zone(), locale)
    match form:
        case "csv":
            return statement_csv(sheet)
        case "xlsx":
            return statement_xlsx(sheet, told.as_of)
        case "pdf":
            return statement_pdf(sheet, told.as_of)


def told_of(row: Document) -> tuple[Requisites, Profile]:
    """The requisites and, opened, who pays. Raises RefusalError unavailable."""
    requisites = msgspec.convert(row.requisites, Requisites)
    key = OpeningKey.load(Path(settings.OKNO.opening_key or "").read_bytes())
    try:
        plain = open_sealed(requisites.sealed, key, subject=f"{PREFIX}{row.account_id}", type=REQUISITES_GET)
        return requisites, msgspec.json.decode(plain, type=Profile)
    except (ProtocolError, msgspec.MsgspecError) as error:
        log.error("profile-unreadable", kind=type(error).__name__)  # noqa: TRY400 - its text may quote what was sealed
        raise RefusalError(Refusal.UNAVAILABLE) from error


def not_made(row: Document, error: DocumentError) -> RefusalError:
    """The refusal of a document whose making failed, which is also logged: it should have been refused before."""
    log.error("document-not-made", kind=row.kind, code=error.trouble)
    return RefusalError(Refusal.DOCUMENT_FAILED, trouble=error.trouble)


def _title(row: Document, locale: Locale) -> str:
    at: datetime = row.asked_at.astimezone(_zone())
    days = f"{row.first}_{row.last}" if row.first else f"{at:%Y-%m-%d}"
    return f"{TITLES[locale][row.kind]} {days}"


def _zone() -> ZoneInfo:
    return ZoneInfo(settings.OKNO.time_zone)
