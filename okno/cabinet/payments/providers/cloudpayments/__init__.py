"""CloudPayments."""
