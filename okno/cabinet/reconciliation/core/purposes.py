"""What a payer wrote as the purpose of a transfer, as far as it says what it is for."""

from __future__ import annotations

import re

_OURS = re.compile(
    r"(?:оплат[аы]|плат[её]ж[а-я]*|payment)\s*(?:№|N|No\.?)?\s*([1-9][0-9]{0,17})(?![0-9])", re.IGNORECASE
)
_LONG = re.compile(r"(?<![0-9])[0-9]{5,20}(?![0-9])")
_NOT_MARKS = re.compile(r"(?:НДС|VAT)[^;]*$", re.IGNORECASE)


def numbers_of(purpose: str) -> list[int]:
    """Numbers of our payments that are named, each once."""
    return list(dict.fromkeys(int(found) for found in _OURS.findall(purpose)))


def marks_of(purpose: str) -> str:
    """Long numbers, such as that of an account or a contract: what a payer repeats from month to month."""
    return " ".join(sorted(set(_LONG.findall(_NOT_MARKS.sub("", purpose)))))
