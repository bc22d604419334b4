"""Reconciliation: what the bank and the payment systems say beside what Okno and the books have."""
