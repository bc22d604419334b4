"""A finished PDF read as a stranger would: pages counted, the page drawn as a picture, its symbol read from there."""

import pypdfium2

from okno.cabinet.documents.core import gost
from okno.cabinet.documents.core.troubles import DocumentError
from okno.cabinet.documents.press.symbols import picture_read

POINTS_PER_INCH = 72
READ_DPI = 150


def pages_of(pdf: bytes) -> int:
    """How many pages it has."""
    with pypdfium2.PdfDocument(pdf) as document:
        return len(document)


def symbol_of(pdf: bytes, page: int = 0) -> bytes:
    """What the payment code on a page says. Raises DocumentError symbol-wrong when it is not exactly one."""
    found = [one for one in symbols_of(pdf, page) if one.startswith(gost.SIGN)]
    if len(found) != 1:
        raise DocumentError("symbol-wrong", "unread")
    return found[0]


def symbols_of(pdf: bytes, page: int = 0) -> frozenset[bytes]:
    """What all symbols on a page say."""
    with pypdfium2.PdfDocument(pdf) as document:
        drawn = document[page].render(scale=READ_DPI / POINTS_PER_INCH, grayscale=True)
        pixels = memoryview(bytes(drawn.buffer)).cast("B", (drawn.height, drawn.stride))
        return picture_read(pixels)


def text_of(pdf: bytes, page: int = 0) -> str:
    """The text of a page."""
    with pypdfium2.PdfDocument(pdf) as document:
        return str(document[page].get_textpage().get_text_bounded())
