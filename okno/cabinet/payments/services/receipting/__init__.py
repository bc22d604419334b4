"""Fiscal receipts: what stands in them, where they go, what became of them."""
