"""What a payer lets us keep: contacts of receipts, and cards."""
