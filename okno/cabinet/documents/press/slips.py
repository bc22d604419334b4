"""Slips and bills: drawn, read again, compared with the printed lines, printed."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from okno.cabinet.documents.core import gost
from okno.cabinet.documents.core.bills import BillSheet
from okno.cabinet.documents.core.slips import Slip, SlipSheet, sheet_check, slip_payload, slip_sheet
from okno.cabinet.documents.core.troubles import DocumentError
from okno.cabinet.documents.press.printer import printed
from okno.cabinet.documents.press.symbols import Matrix, matrix_of, matrix_read

TITLE = "Квитанция на оплату"


class Drawn(msgspec.Struct, frozen=True):
    """A slip as the template takes it: its lines and its symbol, which has been read and says the same."""

    slip: SlipSheet
    svg: str


def drawn(slip: Slip) -> Drawn:
    """Raises DocumentError payload-wrong, symbol-wrong."""
    sheet, matrix = drawing(slip)
    return Drawn(sheet, matrix.svg())


def drawing(slip: Slip) -> tuple[SlipSheet, Matrix]:
    """The printed lines and the symbol beside them, which says the same. Raises as `drawn` does."""
    sheet, payload = slip_sheet(slip), slip_payload(slip)
    matrix = matrix_of(payload)
    read = matrix_read(matrix)
    if read != payload:
        raise DocumentError("symbol-wrong", "bytes")
    sheet_check(gost.decode(read), sheet)
    return sheet, matrix


def slips_pdf(slips: Sequence[Drawn], at: datetime) -> bytes:
    """One page a slip."""
    title = f"{TITLE} {slips[0].slip.number}" if len(slips) == 1 else f"{TITLE}: {len(slips)}"
    return printed("slip", {"title": title, "slips": slips}, at)


def slip_pdf(slip: Slip, at: datetime) -> bytes:
    """One slip on one A4 page. Raises as `drawn` does."""
    return slips_pdf([drawn(slip)], at)


def bill_pdf(bill: BillSheet, slip: Slip | None, at: datetime) -> bytes:
    """A bill; `slip` is what its symbol says. Raises as `drawn` does."""
    return printed("bill", {"bill": bill, "svg": drawn(slip).svg if slip is not None else ""}, at)
