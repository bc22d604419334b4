"""A statement as a table: CSV for programs, XLSX for people. The same bytes for the same lines.

Amounts in CSV are plain decimals with a comma between semicolons, as a Russian Excel reads them, with a point between
commas in English; texts that a table would take for a formula are told apart by an apostrophe.
"""

import csv
import io
from datetime import datetime
from typing import NamedTuple

import xlsxwriter

from okno.cabinet.documents.core.figures import MARKS, MINUS, NARROW, Locale
from okno.cabinet.documents.core.statements import StatementSheet


class Words(NamedTuple):
    """What a table says beside its lines. `title` goes before the account's number."""

    head: tuple[str, ...]
    opening: str
    turnovers: str
    closing: str
    title: str
    page: str
    separator: str


WORDS: dict[Locale, Words] = {
    "ru": Words(
        ("Дата", "Вид", "Операция", "Начислено", "Оплачено", "Остаток"),
        *("Остаток на начало", "Обороты", "Остаток на конец", "Выписка по счёту", "Выписка", ";"),
    ),
    "en": Words(
        ("Date", "Kind", "Entry", "Charged", "Paid", "Balance"),
        *("Opening balance", "Turnover", "Closing balance", "Statement of account", "Statement", ","),
    ),
}
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
WIDTHS = (12, 18, 56, 14, 14, 16)
FIGURES_FROM = 3


def statement_csv(sheet: StatementSheet) -> bytes:
    """UTF-8 with its mark, CRLF: what opens by a double click."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=WORDS[sheet.locale].separator, lineterminator="\r\n")
    writer.writerows(_rows(sheet))
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def statement_xlsx(sheet: StatementSheet, at: datetime) -> bytes:
    """A workbook of one sheet: numbers are numbers, the head stays in view. `at`: when the figures were so."""
    out, words = io.BytesIO(), WORDS[sheet.locale]
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties({"title": f"{words.title} {sheet.number}", "created": at.replace(tzinfo=None)})
        page = book.add_worksheet(words.page)
        bold, figure = book.add_format({"bold": True}), book.add_format({"num_format": "#,##0.00"})
        for column, width in enumerate(WIDTHS):
            page.set_column(column, column, width)
        page.freeze_panes(1, 0)
        for y, row in enumerate(_rows(sheet)):
            for x, text in enumerate(row):
                if y and x >= FIGURES_FROM and text:
                    page.write_number(y, x, float(text.replace(",", ".")), figure)
                elif text:
                    page.write_string(y, x, text, None if y else bold)
    return out.getvalue()


def _rows(sheet: StatementSheet) -> list[tuple[str, ...]]:
    words = WORDS[sheet.locale]
    rows: list[tuple[str, ...]] = [("", words.opening, "", "", "", sheet.opening)]
    rows += [(row.day, row.kind, row.text, row.charged, row.paid, row.balance) for row in sheet.rows]
    rows += [("", words.turnovers, "", sheet.charged, sheet.paid, ""), ("", words.closing, "", "", "", sheet.closing)]
    thousands, _ = MARKS[sheet.locale]
    return [words.head, *(tuple(_cell(x, text, thousands) for x, text in enumerate(row)) for row in rows)]


def _cell(column: int, text: str, thousands: str) -> str:
    if column >= FIGURES_FROM:
        return text.replace(thousands, "").replace(MINUS, "-")
    spaced = text.replace(NARROW, " ")
    return f"'{spaced}" if spaced.startswith(FORMULA_SIGNS) else spaced
