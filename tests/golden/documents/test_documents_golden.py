"""What each document says, in both languages, line by line as another reader finds it in the file.

`OKNO_REWRITE_GOLDEN=1 pytest tests/golden/documents` writes them anew; the difference is then read in the commit.
"""

import io
import os
from collections.abc import Callable
from datetime import UTC
from pathlib import Path

import openpyxl
import pytest
from factories.papers import (
    ACCOUNT,
    AT,
    LINKED,
    PAYER,
    PURPOSE,
    bill,
    contract,
    operation,
    reconciliation,
    statement,
)

from okno.cabinet.documents.core.bills import bill_sheet, bill_slip
from okno.cabinet.documents.core.figures import Locale
from okno.cabinet.documents.core.reconciliations import act_english, act_sheet
from okno.cabinet.documents.core.slips import slip_of
from okno.cabinet.documents.core.statements import StatementSheet, statement_sheet
from okno.cabinet.documents.press.rereading import text_of
from okno.cabinet.documents.press.slips import bill_pdf, slip_pdf
from okno.cabinet.documents.press.statements import act_pdf, statement_pdf
from okno.cabinet.documents.press.tables import statement_csv, statement_xlsx

HERE = Path(__file__).parent
LOCALES: tuple[Locale, ...] = ("ru", "en")


def sheet(locale: Locale) -> StatementSheet:
    operations = (
        operation(1_234_567, text="Интернет «Дом»"),
        operation(-20_000, number=2, text="Оплата картой"),
        operation(-500, number=3, kind="correction"),
    )
    return statement_sheet(statement(*operations, opening=-1_000), PAYER, LINKED.name, UTC, locale)


def statement_text(locale: Locale) -> str:
    return text_of(statement_pdf(sheet(locale), AT))


def slip_text(locale: Locale) -> str:
    return text_of(slip_pdf(slip_of(LINKED, PURPOSE, PAYER, 123_450, "октябрь 2026"), AT, locale))


def bill_text(locale: Locale) -> str:
    asked = bill(5_000_000, 1_234_550)
    slip = bill_slip(asked, LINKED, PURPOSE, PAYER)
    return text_of(bill_pdf(bill_sheet(asked, LINKED, PAYER, slip, locale), slip, AT))


def act_text(locale: Locale) -> str:
    told = reconciliation(
        contract((500, 0), (0, 1_500), opening=-200), contract((100, 0), name=ACCOUNT), contract((7, 0), (0, 7))
    )
    english = act_english(told, PAYER, LINKED, UTC) if locale == "en" else None
    return text_of(act_pdf(act_sheet(told, PAYER, LINKED, UTC), AT, english))


def csv_text(locale: Locale) -> str:
    return statement_csv(sheet(locale)).decode("utf-8-sig")


def xlsx_text(locale: Locale) -> str:
    book = openpyxl.load_workbook(io.BytesIO(statement_xlsx(sheet(locale), AT)))
    [page] = book.worksheets
    rows = ["\t".join("" if cell is None else str(cell) for cell in row) for row in page.iter_rows(values_only=True)]
    return "\n".join([str(book.properties.title), page.title, *rows])


KINDS: dict[str, Callable[[Locale], str]] = {
    "statement": statement_text,
    "slip": slip_text,
    "bill": bill_text,
    "act": act_text,
    "csv": csv_text,
    "xlsx": xlsx_text,
}


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("kind", KINDS)
def test_documents_say_what_they_said(kind: str, locale: Locale) -> None:
    lines = (line.rstrip() for line in KINDS[kind](locale).replace("\u00a0", " ").splitlines())
    said, golden = "\n".join(lines) + "\n", HERE / f"{kind}.{locale}.txt"
    if os.environ.get("OKNO_REWRITE_GOLDEN"):
        golden.write_text(said, encoding="utf-8")
    assert said == golden.read_text(encoding="utf-8")
