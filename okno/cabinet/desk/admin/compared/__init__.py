"""What the bank and the payment systems say, beside what we have."""
