"""YooMoney: transfers to a wallet."""
