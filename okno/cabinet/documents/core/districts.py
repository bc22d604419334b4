"""Whether an address is in a district: whole words of the one stand in the other, however they are written."""

import re

WORD = re.compile(r"\w+")
DISTRICT_CHARS = range(3, 201)


def words(text: str) -> list[str]:
    """The words of a text, in small letters, ё as е."""
    return WORD.findall(text.casefold().replace("ё", "е"))


def is_in(address: str, district: str) -> bool:
    """`Примерск, Береговая` is in `190000, Примерск, ул. Береговая, д. 5`: all its words, in their order."""
    rest = iter(words(address))
    wanted = words(district)
    return bool(wanted) and all(word in rest for word in wanted)
