"""Labels: what limits and detectors in the DMZ may know of what is sealed.

Keyed hashes under a key of the public zone that changes each day: equal things have equal labels for a day, and who
has no key can neither read nor guess them. Of a password only 16 bits leave: enough to see one password tried on many
accounts, too few to find it.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import unicodedata
from datetime import date

from okno.protocol.errors import ErrorCode, ProtocolError
from okno.protocol.strict import base64url

KEY_BYTES_MIN = 32
_LABEL_BYTES = 16
_PASSWORD_BYTES = 2
_NETWORK_BITS = {4: 24, 6: 64}
_TYPED_MARKS = str.maketrans("", "", " -–—./\u00a0\t")


def day_key(master: bytes, day: date) -> bytes:
    """The labels' key of one day (UTC), from the public zone's master key of at least 32 bytes."""
    if len(master) < KEY_BYTES_MIN:
        raise ProtocolError(ErrorCode.KEY_WEAK, "labels")
    return hmac.digest(master, f"okno labels {day.isoformat()}".encode("ascii"), hashlib.sha256)


class Labels:
    """Labels of one day. Each kind of thing has its own space: a phone never looks like an account."""

    def __init__(self, key: bytes) -> None:
        if len(key) < KEY_BYTES_MIN:
            raise ProtocolError(ErrorCode.KEY_WEAK, "labels")
        self._key = key

    def address(self, address: str) -> str:
        """Of one IP address; an IPv4 address inside of IPv6 is the same as itself."""
        return self._label("address", str(_address(address)))

    def network(self, address: str) -> str:
        """Of the /24 (IPv4) or /64 (IPv6) the address is in."""
        parsed = _address(address)
        network = ipaddress.ip_network((parsed, _NETWORK_BITS[parsed.version]), strict=False)
        return self._label("network", str(network))

    def account(self, typed: str) -> str:
        """Of an account number as typed: width, case, blanks and separators make no difference."""
        return self._label("account", _folded(typed))

    def phone(self, typed: str) -> str:
        """Of a phone number: its digits; a leading 8 of eleven is the +7 of Russia."""
        digits = "".join(mark for mark in _folded(typed) if mark in "0123456789")
        if len(digits) == 11 and digits[0] == "8":  # noqa: PLR2004  the national trunk prefix and ten digits
            digits = f"7{digits[1:]}"
        return self._label("phone", digits)

    def device(self, device: str) -> str:
        """Of an opaque device id."""
        return self._label("device", device)

    def password(self, typed: str) -> str:
        """The first 16 bits, as four hexadecimal digits."""
        return self._digest("password", typed)[:_PASSWORD_BYTES].hex()

    def _label(self, kind: str, value: str) -> str:
        return base64url.encode(self._digest(kind, value)[:_LABEL_BYTES])

    def _digest(self, kind: str, value: str) -> bytes:
        return hmac.digest(self._key, f"{kind}\0{value}".encode("utf-8", "surrogatepass"), hashlib.sha256)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    try:
        parsed = ipaddress.ip_address(text)
    except ValueError as error:
        raise ProtocolError(ErrorCode.SCHEMA, "not an IP address") from error
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return mapped or parsed


def _folded(typed: str) -> str:
    return unicodedata.normalize("NFKC", typed).translate(_TYPED_MARKS).casefold()
