"""A twin of QIWI's bills."""
