"""Many slips at once: a part is one PDF of a page a slip, or a ZIP of a PDF a slip."""

import io
import zipfile
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from okno.cabinet.documents.core.slips import Slip, slip_payloads
from okno.cabinet.documents.core.troubles import DocumentError
from okno.cabinet.documents.press.printer import forget
from okno.cabinet.documents.press.rereading import pages_of, symbols_of
from okno.cabinet.documents.press.slips import drawn, slip_pdf, slips_pdf

Form = Literal["pdf", "zip"]
#: Of a run, the first slip and every thousandth after it are drawn as a picture and read from there.
REREAD_EACH = 1000
ZIP_DATE = (1980, 1, 1, 0, 0, 0)


def part_of(slips: Sequence[Slip], at: datetime, form: Form, *, before: int) -> bytes:
    """The file of these slips; `before` slips of the run stand in earlier parts.

    Raises DocumentError as `drawn` does, and symbol-wrong when a page does not read as it should.
    """
    if form == "zip":
        return archive(
            [(f"{before + number:07}.pdf", _read(slip, at, before + number)) for number, slip in enumerate(slips)]
        )
    pdf = slips_pdf([drawn(slip) for slip in slips], at)
    forget()
    if pages_of(pdf) != len(slips):
        raise DocumentError("symbol-wrong", "pages")
    for page in range(-before % REREAD_EACH, len(slips), REREAD_EACH):
        _check(pdf, slips[page], page)
    return pdf


def archive(files: Sequence[tuple[str, bytes]]) -> bytes:
    """A ZIP of files that are packed already; the same bytes for the same files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as packed:
        for name, content in files:
            packed.writestr(zipfile.ZipInfo(name, ZIP_DATE), content)
    return out.getvalue()


def _read(slip: Slip, at: datetime, place: int) -> bytes:
    pdf = slip_pdf(slip, at)
    if place % REREAD_EACH == 0:
        _check(pdf, slip, 0)
    return pdf


def _check(pdf: bytes, slip: Slip, page: int) -> None:
    if symbols_of(pdf, page) != slip_payloads(slip):
        raise DocumentError("symbol-wrong", "page")
