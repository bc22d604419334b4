"""An e-mail address as letters may go to it: one addr-spec (RFC 5321, 4.1.2), no quotes, comments, literals, lists."""

import re

CHARS_MAX, LOCAL_CHARS_MAX = 254, 64
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_ROOT = r"(?:[a-z]{2,63}|xn--[a-z0-9-]{0,58}[a-z0-9])"
_HOST = re.compile(rf"(?:{_LABEL}\.)+{_ROOT}")


def address_of(typed: str) -> str | None:
    """The address with its host in ASCII ("почта.рф" as IDNA has it), or None for anything that is not just one."""
    local, _, host = typed.rpartition("@")
    if len(typed) > CHARS_MAX or len(local) > LOCAL_CHARS_MAX or not _LOCAL.fullmatch(local):
        return None
    try:
        place = host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return None
    address = f"{local}@{place}"
    return address if _HOST.fullmatch(place) and len(address) <= CHARS_MAX else None
