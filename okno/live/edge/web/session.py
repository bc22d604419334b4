"""The session cookie: from its header to the hash that the database knows."""

import hashlib
import re
from base64 import urlsafe_b64decode

COOKIE = "__Host-okno"
# 32 bytes are 43 characters of base64url; the last one holds four bits, so only every fourth letter is canonical.
VALUE = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")


def token_hash(cookie_header: str | None) -> bytes | None:
    """SHA-256 of the token in a Cookie header; None when there is none, more than one, or one of another form."""
    if cookie_header is None:
        return None
    found = [
        value for name, _, value in (part.strip().partition("=") for part in cookie_header.split(";")) if name == COOKIE
    ]
    if len(found) != 1 or VALUE.fullmatch(found[0]) is None:
        return None
    return hashlib.sha256(urlsafe_b64decode(found[0] + "=")).digest()
