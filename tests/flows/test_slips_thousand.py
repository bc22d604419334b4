"""Every slip of a thousand: drawn by poppler, its symbol read by zbar, equal byte for byte; one page, with its text.

In ten parts, so that several workers share them.
"""

from pathlib import Path

import pytest
from factories.papers import AT, LINKED, PAYEE, SBP_LINK, pages_drawn, slips, symbols_read, text_drawn

from okno.cabinet.documents.core.slips import slip_payload
from okno.cabinet.documents.press.slips import drawn, slips_pdf

PARTS, OF_EACH = 10, 100
PAGE = "\f"
#: The column of the symbols: drawing the whole page would only take longer.
LEFT_MM = 80


@pytest.mark.parametrize("part", range(PARTS))
def test_slips_of_a_thousand_are_read_back_by_another_reader(part: int, tmp_path: Path) -> None:
    found = slips(OF_EACH, seed=part, payee=LINKED if part % 2 else PAYEE)
    pdf = slips_pdf([drawn(slip) for slip in found], AT)
    pages = pages_drawn(pdf, tmp_path, width_mm=LEFT_MM)
    assert len(pages) == OF_EACH
    # Both halves show the payment code, and the static link of a payee that has one.
    read, link = symbols_read(pages), SBP_LINK.encode()
    assert read.count(link) == 2 * OF_EACH * (part % 2)
    assert read.replace(link, b"") == b"".join(slip_payload(slip) * 2 for slip in found)
    texts = text_drawn(pdf, tmp_path).split(PAGE)
    for slip, text in zip(found, texts, strict=False):
        words = " ".join(text.split())
        assert words.count(slip.number) >= 2
        assert slip.payee.account in words
        assert slip.name in words
