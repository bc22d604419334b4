"""Money and the currencies it is counted in."""

from okno.protocol.money.amount import MINOR_MAX, Money, check_canonical, exponent_of

__all__ = ["MINOR_MAX", "Money", "check_canonical", "exponent_of"]
