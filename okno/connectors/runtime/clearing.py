"""Text of an operation without people: customers and the zone beyond the gateway see what is left.

The accountant's own words stay in the book as written; this is what the connector may send in clear.
"""

from __future__ import annotations

import re

# A name is declined ("Иванова", "Ивановой"), so its stem is looked for and the ending let vary.
_ENDING_LETTERS = 2
_STEM_LETTERS_MIN = 3
_HIDDEN = "…"

_EMAIL = re.compile(r"[^\s@<>]+@[^\s@<>]+\.\w+")
# Phones, card and account numbers, passports: ten digits and more, however they are grouped.
_LONG_NUMBER = re.compile(r"\+?\d(?:[\s()\-]{0,2}\d){9,}")


def clear_text(text: str, name: str) -> str:
    """Return `text` with the words of `name` (in any case), e-mail addresses and long numbers left out."""
    cleared = _EMAIL.sub(_HIDDEN, text)
    cleared = _LONG_NUMBER.sub(_HIDDEN, cleared)
    for word in re.findall(r"\w+", name):
        stem = word[: max(_STEM_LETTERS_MIN, len(word) - _ENDING_LETTERS)]
        if len(stem) >= _STEM_LETTERS_MIN:
            cleared = re.sub(rf"\b{re.escape(stem)}\w{{0,4}}\b", _HIDDEN, cleared, flags=re.IGNORECASE)
    return re.sub(rf"{_HIDDEN}(?:[\s.]*{_HIDDEN})+", _HIDDEN, cleared)
