"""QR symbols: drawn by zint, and read again by zxing, another code, before anybody sees them."""

from dataclasses import dataclass

import zxingcpp
from zint import InputMode, Symbol, Symbology

from okno.cabinet.documents.core.troubles import DocumentError

#: ISO/IEC 18004 asks for four modules of silence around.
QUIET_MODULES = 4
LEVEL_M = 2
READ_PIXELS = 2
BITS = 8
#: zint leaves room for 1,152 modules in a row.
ROW_BYTES = 144
FORMATS = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])
DARK, LIGHT = b"\x00", b"\xff"


def _drawing(bits: int) -> str:
    """Eight modules as squares of a path, which ends where the next eight begin."""
    steps, at, begun = [], 0, None
    for place in range(BITS + 1):
        dark = place < BITS and bits >> place & 1
        if dark and begun is None:
            begun = place
        elif not dark and begun is not None:
            steps.append(f"m{begun - at} 0h{place - begun}v1h-{place - begun}z")
            at, begun = begun, None
    return "".join([*steps, f"m{BITS - at} 0"])


DRAWINGS = tuple(_drawing(bits) for bits in range(256))
PIXELS = tuple(
    b"".join((DARK if bits >> place & 1 else LIGHT) * READ_PIXELS for place in range(BITS)) for bits in range(256)
)


@dataclass(frozen=True)
class Matrix:
    """Modules row by row, a bit each, the first one lowest, one is dark; without the silence around."""

    rows: tuple[bytes, ...]

    @property
    def side(self) -> int:
        """Modules of one side, the silence included."""
        return len(self.rows) + 2 * QUIET_MODULES

    def path(self) -> str:
        """The dark modules as one path of a drawing `side` wide: no seams between them on any printer."""
        return "".join(
            f"M{QUIET_MODULES} {y}" + "".join([DRAWINGS[bits] for bits in row])
            for y, row in enumerate(self.rows, QUIET_MODULES)
        )

    def svg(self) -> str:
        """The drawing as a file."""
        size = f'viewBox="0 0 {self.side} {self.side}" width="{self.side}" height="{self.side}"'
        return f'<svg xmlns="http://www.w3.org/2000/svg" {size}><path d="{self.path()}"/></svg>'

    def pixels(self) -> memoryview:
        """A grey picture for a reader, silence included."""
        width, inside = self.side * READ_PIXELS, len(self.rows) * READ_PIXELS
        quiet, silence = LIGHT * QUIET_MODULES * READ_PIXELS, LIGHT * width * QUIET_MODULES * READ_PIXELS
        lines = [quiet + b"".join([PIXELS[bits] for bits in row])[:inside] + quiet for row in self.rows]
        picture = silence + b"".join([line * READ_PIXELS for line in lines]) + silence
        return memoryview(picture).cast("B", (width, width))


def matrix_of(payload: bytes) -> Matrix:
    """The symbol of these bytes, level M, as bytes without a declared encoding: the payload declares its own."""
    symbol = Symbol()
    symbol.symbology = Symbology.QRCODE
    symbol.option_1 = LEVEL_M
    # Half of the time: it weighs the likely masks and not all eight.
    symbol.input_mode = InputMode.FAST
    symbol.encode(payload)
    side, raw = symbol.width, bytes(symbol.encoded_data)
    row_bytes = -(-side // BITS)
    return Matrix(tuple(raw[start : start + row_bytes] for start in range(0, side * ROW_BYTES, ROW_BYTES)))


def matrix_read(matrix: Matrix) -> bytes:
    """What a reader finds in the drawn symbol. Raises DocumentError symbol-wrong when it is not exactly one."""
    found = picture_read(matrix.pixels(), is_pure=True)
    if len(found) != 1:
        raise DocumentError("symbol-wrong", "unread")
    return next(iter(found))


def picture_read(pixels: memoryview, *, is_pure: bool = False) -> frozenset[bytes]:
    """What the symbols of a grey picture (two dimensions) say; those of both halves of a slip say the same."""
    symbols = zxingcpp.read_barcodes(pixels, formats=FORMATS, is_pure=is_pure)
    return frozenset(bytes(one.bytes) for one in symbols if one.valid)
