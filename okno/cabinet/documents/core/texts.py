"""Texts of the books on paper: one line, and only signs that the paper's font has."""

import re
import unicodedata

#: What `press/fonts` covers (a test holds both together): Latin, Cyrillic with the letters of Russia's peoples, signs.
PRINTABLE = (
    " -~¡-ćĊ-ēĖ-ěĞ-ģĦħĪĮ-ĳĶķĹ-ľŁ-ňŊ-ōŐ-śŞ-šŤťŪ-žȘ-țˆˇЁ-ЌЎ-яё-ќўџҐ-ҝҠ-ҥҪҫҮ-ҳҶ-һӀӏ-ӟӢ-ӫӮ-ӵӸӹẀ-ẅẞỲỳ–—‘-‚“-„†•…‹›€₴₸₽№™−"
)
FOREIGN = re.compile(f"[^{PRINTABLE}]")
UNKNOWN = "?"


def line(text: str) -> str:
    """One line of printable signs. A sign of a foreign script becomes a question mark here and in the symbol alike."""
    composed = unicodedata.normalize("NFC", text)
    spaced = " ".join("".join(sign if sign.isprintable() else " " for sign in composed).split())
    return FOREIGN.sub(UNKNOWN, spaced)
