"""The printer: typst with a compiler kept for each thread, so that fonts and templates are read once.

PDF/A-2a and PDF/UA-1: tagged, with text, titles and descriptions. No clock goes in, so the same lines give the same
bytes. Data reach the template as JSON and are never read as markup.
"""

import threading
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec
import typst

HERE = Path(__file__).parent
TEMPLATES = HERE / "templates"
FONTS = HERE / "fonts"
#: Documents after which typst drops what it has not used again.
REMEMBERED = 12
ARCHIVE: Final = "a-2a"
ACCESSIBLE: Final = "ua-1"

_held = threading.local()


def printed(template: str, lines: object, at: datetime) -> bytes:
    """The PDF of a template (`slip`, `statement`, `act`, `bill`) with the lines it expects.

    The template speaks the language of the lines' `locale`, Russian without one. `at` is when the figures were so: the
    file bears it as its date.
    """
    compilers: dict[str, typst.Compiler] = _held.__dict__.setdefault("compilers", {})
    if template not in compilers:
        compilers[template] = compiler(template)
    data = {"data": msgspec.json.encode(lines).decode()}
    made = compilers[template].compile(
        format="pdf", sys_inputs=data, pdf_standards=[ARCHIVE, ACCESSIBLE], timestamp=int(at.timestamp())
    )
    assert isinstance(made, bytes)  # one file, and no output path
    return made


def forget() -> None:
    """Let go of what typst remembers of a large document: it does so by the number of documents made since."""
    for _ in range(REMEMBERED):
        compiler("blank").compile(format="pdf")


def compiler(template: str) -> typst.Compiler:
    """A compiler of one template that sees the fonts beside it and nothing of the machine."""
    return typst.Compiler(
        input=TEMPLATES / f"{template}.typ", root=TEMPLATES, font_paths=[FONTS], ignore_system_fonts=True
    )
