"""The session cookie: from its header to the hash that the database knows."""

import hashlib
import re
from binascii import a2b_base64

COOKIE = "__Host-okno"
GIVEN = re.compile(rf"(?:^|;)[ \t]*{COOKIE}=([^;]*)")
# 32 bytes are 43 characters of base64url; the last one holds four bits, so only every fourth letter is canonical.
VALUE = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")
STANDARD = str.maketrans("-_", "+/")


def token_hash(cookie_header: str | None) -> bytes | None:
    """SHA-256 of the token in a Cookie header; None when there is none, more than one, or one of another form."""
    if cookie_header is None:
        return None
    found = GIVEN.findall(cookie_header)
    if len(found) != 1:
        return None
    value = found[0].rstrip(" \t")
    if VALUE.fullmatch(value) is None:
        return None
    return hashlib.sha256(a2b_base64(value.translate(STANDARD) + "=")).digest()
