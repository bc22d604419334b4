"""Cut the static fonts that documents are set in from the web app's variable files.

    pip install fonttools brotli
    python tools/paper_fonts.py

Golos Text by ParaType, SIL Open Font License 1.1 (`OFL.txt` beside the result). Four subsets become one file a weight.
"""

import sys
import tempfile
from pathlib import Path

from fontTools import merge
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "web/node_modules/@fontsource-variable/golos-text/files"
TARGET = ROOT / "okno/cabinet/documents/press/fonts"
CUTS = ("latin", "cyrillic", "latin-ext", "cyrillic-ext")
WEIGHTS = {"Regular": 400, "SemiBold": 600}
FAMILY = "Golos Text"
WINDOWS = (3, 1, 0x409)
# Names of the variable font's axes, and of the family where it was one of many.
DROPPED_NAMES = frozenset({16, 17, 25, *range(256, 300)})
MOMENT = 3_786_912_000  # 2024-01-01 in seconds since 1904: the same bytes each time


def cut(style: str, weight: int, folder: Path) -> TTFont:
    """One static font of all subsets."""
    parts = []
    for name in CUTS:
        font = TTFont(SOURCE / f"golos-text-{name}-wght-normal.woff2")
        font.flavor = None
        parts.append(folder / f"{name}-{weight}.ttf")
        instancer.instantiateVariableFont(font, {"wght": weight}).save(parts[-1])
    merged = merge.Merger(merge.Options(drop_tables=["STAT", "DSIG", "meta"])).merge([str(part) for part in parts])
    names = merged["name"]
    names.names = [record for record in names.names if record.nameID not in DROPPED_NAMES]
    plain = style == "Regular"
    given = {1: FAMILY if plain else f"{FAMILY} {style}", 2: "Regular", 4: f"{FAMILY} {style}", 6: f"GolosText-{style}"}
    for number, text in {**given, **({} if plain else {16: FAMILY, 17: style})}.items():
        names.setName(text, number, *WINDOWS)
    merged["OS/2"].usWeightClass = weight
    merged["head"].created = merged["head"].modified = MOMENT
    merged.recalcTimestamp = False
    return merged


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        for style, weight in WEIGHTS.items():
            cut(style, weight, Path(folder)).save(TARGET / f"GolosText-{style}.ttf")
    return 0


if __name__ == "__main__":
    sys.exit(main())
