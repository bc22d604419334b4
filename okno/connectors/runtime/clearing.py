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
# Phones, card and account numbers, passports: ten digits and more, however they are grouped; less where it is said that
# it is a phone.
_LONG_NUMBER = re.compile(r"\+?\d(?:[\s()\-]{0,2}\d){9,}")
_PHONE = re.compile(r"(?<=\bтел)(?:ефон)?\.?:?\s{0,2}\+?\d(?:[\s()\-]{0,2}\d){4,}", re.IGNORECASE)
# People who are not the customer are known by the form alone: a surname with initials, a patronymic behind a name. A
# patronymic in "-ой" would be taken for an adjective ("основной").
_INITIALS = re.compile(
    r"\b[А-ЯЁ][а-яё]+(?:-[А-ЯЁ][а-яё]+)?\s{1,2}[А-ЯЁ]\.\s?[А-ЯЁ]\."
    r"|\b[А-ЯЁ]\.\s?[А-ЯЁ]\.\s?[А-ЯЁ][а-яё]+(?:-[А-ЯЁ][а-яё]+)?\b"
)
_PATRONYMIC = re.compile(
    r"\b(?:[А-ЯЁ][а-яё]+\s){1,2}[А-ЯЁ][а-яё]+"
    r"(?:(?:ович|евич|ьич)(?:а|у|ем|е)?|(?:овн|евн|ичн)(?:а|ы|е|у))(?:\s[А-ЯЁ][а-яё]+)?\b"
)


def clear_text(text: str, name: str) -> str:
    """Return `text` without the words of `name` (in any case), other people, e-mail addresses and long numbers."""
    cleared = text
    for form in (_EMAIL, _LONG_NUMBER, _PHONE, _INITIALS, _PATRONYMIC):
        cleared = form.sub(_HIDDEN, cleared)
    for word in re.findall(r"\w+", name):
        stem = word[: max(_STEM_LETTERS_MIN, len(word) - _ENDING_LETTERS)]
        if len(stem) >= _STEM_LETTERS_MIN:
            cleared = re.sub(rf"\b{re.escape(stem)}\w{{0,4}}\b", _HIDDEN, cleared, flags=re.IGNORECASE)
    return re.sub(rf"{_HIDDEN}(?:[\s.]*{_HIDDEN})+", _HIDDEN, cleared)
