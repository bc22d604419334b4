"""A finished PDF read as a stranger would: pages counted, the page drawn as a picture, its symbol read from there."""

import pypdfium2

from okno.cabinet.documents.press.symbols import picture_read

POINTS_PER_INCH = 72
READ_DPI = 150


def pages_of(pdf: bytes) -> int:
    """How many pages it has."""
    with pypdfium2.PdfDocument(pdf) as document:
        return len(document)


def symbol_of(pdf: bytes, page: int = 0) -> bytes:
    """What the symbol on a page says. Raises DocumentError symbol-wrong."""
    with pypdfium2.PdfDocument(pdf) as document:
        drawn = document[page].render(scale=READ_DPI / POINTS_PER_INCH, grayscale=True)
        pixels = memoryview(bytes(drawn.buffer)).cast("B", (drawn.height, drawn.stride))
        return picture_read(pixels)


def text_of(pdf: bytes, page: int = 0) -> str:
    """The text of a page."""
    with pypdfium2.PdfDocument(pdf) as document:
        return str(document[page].get_textpage().get_text_bounded())
