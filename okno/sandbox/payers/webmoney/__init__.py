"""A twin of WebMoney's merchant interface."""
