"""A twin of YooMoney's wallet."""
