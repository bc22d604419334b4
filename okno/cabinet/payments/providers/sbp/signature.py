"""The checksum of a link: it shows a broken link, and proves nothing."""

from __future__ import annotations

_POLY = 0x1021
_MARK = "&crc="


def _row(byte: int) -> int:
    register = byte << 8
    for _ in range(8):
        register = (register << 1) ^ _POLY if register & 0x8000 else register << 1
    return register & 0xFFFF


_TABLE = tuple(_row(byte) for byte in range(256))


def crc(text: str) -> str:
    """CRC-16/CCITT-FALSE of a link up to but excluding `&crc=`: four upper-case hexadecimal digits."""
    register = 0xFFFF
    for byte in text.encode("ascii"):
        register = (register << 8 & 0xFFFF) ^ _TABLE[register >> 8 ^ byte]
    return f"{register:04X}"


def intact(link: str) -> bool:
    body, mark, shown = link.rpartition(_MARK)
    return bool(mark) and link.isascii() and crc(body) == shown
