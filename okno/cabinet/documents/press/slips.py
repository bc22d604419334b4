"""Slips and bills: drawn, read again, compared with the printed lines, printed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from okno.cabinet.documents.core import gost
from okno.cabinet.documents.core.bills import BillSheet
from okno.cabinet.documents.core.figures import Locale
from okno.cabinet.documents.core.slips import Slip, SlipSheet, sheet_check, slip_payload, slip_sheet
from okno.cabinet.documents.core.troubles import DocumentError
from okno.cabinet.documents.press.printer import printed
from okno.cabinet.documents.press.symbols import Matrix, matrix_of, matrix_read

TITLE = "Квитанция на оплату"
ENGLISH_TITLE = "Payment slip"


class Drawn(msgspec.Struct, frozen=True):
    """A slip as the template takes it: its lines and its symbol, which has been read and says the same.

    `sbp_svg`: the payee's static link, empty where it has none.
    """

    slip: SlipSheet
    svg: str
    sbp_svg: str


@dataclass(frozen=True)
class Drawing:
    """The printed lines and the symbols beside them, read again: the payment code and the payee's static link."""

    sheet: SlipSheet
    symbol: Matrix
    sbp: Matrix | None


def drawn(slip: Slip) -> Drawn:
    """Raises DocumentError payload-wrong, symbol-wrong."""
    made = drawing(slip)
    return Drawn(made.sheet, made.symbol.svg(), made.sbp.svg() if made.sbp is not None else "")


def drawing(slip: Slip) -> Drawing:
    """Raises as `drawn` does."""
    sheet, link = slip_sheet(slip), slip.payee.sbp_link
    symbol, read = _read_again(slip_payload(slip))
    sheet_check(gost.decode(read), sheet)
    return Drawing(sheet, symbol, _read_again(link.encode())[0] if link is not None else None)


def _read_again(payload: bytes) -> tuple[Matrix, bytes]:
    """A symbol, and what was read from it."""
    matrix = matrix_of(payload)
    read = matrix_read(matrix)
    if read != payload:
        raise DocumentError("symbol-wrong", "bytes")
    return matrix, read


def slips_pdf(slips: Sequence[Drawn], at: datetime, locale: Locale = "ru") -> bytes:
    """One page a slip. The form is in Russian whoever pays, as banks take it; notes beside it are in his language."""
    title = TITLE if locale == "ru" else ENGLISH_TITLE
    whole = f"{title} {slips[0].slip.number}" if len(slips) == 1 else f"{title}: {len(slips)}"
    return printed("slip", {"title": whole, "slips": slips, "locale": locale}, at)


def slip_pdf(slip: Slip, at: datetime, locale: Locale = "ru") -> bytes:
    """One slip on one A4 page. Raises as `drawn` does."""
    return slips_pdf([drawn(slip)], at, locale)


def bill_pdf(bill: BillSheet, slip: Slip | None, at: datetime) -> bytes:
    """A bill; `slip` is what its symbol says. Raises as `drawn` does."""
    lines = {"bill": bill, "svg": drawn(slip).svg if slip is not None else "", "locale": bill.locale}
    return printed("bill", lines, at)
