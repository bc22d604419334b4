"""One form for all spellings that people use for one login or one number."""

import unicodedata

LOGIN_CHARS_MAX = 128


def canonical_login(typed: str) -> str:
    """One form for all spellings that people use for one login, so they share one budget and reach one account.

    Compatibility forms and case are folded, separators dropped: "40-81 7A" is "40817a".
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", typed).casefold())
    return "".join(sign for sign in folded if sign.isalnum() or sign in "@._")[:LOGIN_CHARS_MAX]
