"""Money and the currencies it is counted in."""

from okno.protocol.money.amount import MINOR_MAX, Money, exponent_of

__all__ = ["MINOR_MAX", "Money", "exponent_of"]
