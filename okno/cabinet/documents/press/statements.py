"""Statements and acts as PDF."""

from datetime import datetime

from okno.cabinet.documents.core.reconciliations import ActEnglish, ActSheet
from okno.cabinet.documents.core.statements import StatementSheet
from okno.cabinet.documents.press.printer import printed


def statement_pdf(sheet: StatementSheet, at: datetime) -> bytes:
    """A statement; its second and later pages repeat the head of the table."""
    return printed("statement", sheet, at)


def act_pdf(sheet: ActSheet, at: datetime, english: ActEnglish | None = None) -> bytes:
    """A reconciliation statement, in Russian; with `english` beside it where the reader speaks that."""
    return printed("act", {"act": sheet, "en": english}, at)
