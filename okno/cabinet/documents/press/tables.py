"""A statement as a table: CSV for programs, XLSX for people. The same bytes for the same lines.

Amounts in CSV are plain decimals with a comma, as a Russian Excel reads them; texts that a table would take for a
formula are told apart by an apostrophe.
"""

import csv
import io
from datetime import datetime

import xlsxwriter

from okno.cabinet.documents.core.figures import MINUS, NARROW
from okno.cabinet.documents.core.statements import StatementSheet

HEAD = ("Дата", "Вид", "Операция", "Начислено", "Оплачено", "Остаток")
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
WIDTHS = (12, 18, 56, 14, 14, 16)
FIGURES_FROM = 3


def statement_csv(sheet: StatementSheet) -> bytes:
    """UTF-8 with its mark, semicolons, CRLF: what opens by a double click."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerows(_rows(sheet))
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def statement_xlsx(sheet: StatementSheet, at: datetime) -> bytes:
    """A workbook of one sheet: numbers are numbers, the head stays in view. `at`: when the figures were so."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties({"title": f"Выписка по счёту {sheet.number}", "created": at.replace(tzinfo=None)})
        page = book.add_worksheet("Выписка")
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
    rows: list[tuple[str, ...]] = [HEAD, ("", "Остаток на начало", "", "", "", sheet.opening)]
    rows += [(row.day, row.kind, row.text, row.charged, row.paid, row.balance) for row in sheet.rows]
    rows += [("", "Обороты", "", sheet.charged, sheet.paid, ""), ("", "Остаток на конец", "", "", "", sheet.closing)]
    return [rows[0], *(tuple(map(_cell, range(len(HEAD)), row)) for row in rows[1:])]


def _cell(column: int, text: str) -> str:
    if column >= FIGURES_FROM:
        return text.replace(NARROW, "").replace(MINUS, "-")
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text
