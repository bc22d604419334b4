"""Links of the faster payment system as its acquirers give them out: only twins make any."""

from __future__ import annotations

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
BANK = "100000000111"


def link(origin: str, seed: bytes, minor: int) -> str:
    """A dynamic one, of `minor` kopecks; `seed` makes it that one and no other."""
    return summed(f"{origin}/AD{_name(seed)}?type=02&bank={BANK}&sum={minor}&cur=RUB")


def static(origin: str, seed: bytes) -> str:
    """One for paper: for many payments, of any amount."""
    return summed(f"{origin}/AS{_name(seed)}?type=01&bank={BANK}")


def _name(seed: bytes) -> str:
    number = int.from_bytes(seed, "big")
    name = ""
    while len(name) < 30:  # noqa: PLR2004 - with the two letters before it there are 32
        number, digit = divmod(number, len(_ALPHABET))
        name += _ALPHABET[digit]
    return name


def summed(text: str) -> str:
    return f"{text}&crc={crc(text.encode('ascii')):04X}"


def crc(content: bytes) -> int:
    """CRC-16 of poly 0x1021 that begins at 0xFFFF, bit by bit."""
    register = 0xFFFF
    for byte in content:
        for bit in range(8):
            top = (register >> 15) ^ (byte >> (7 - bit) & 1)
            register = (register << 1 & 0xFFFF) ^ (0x1021 if top else 0)
    return register
