"""A twin of Stripe Checkout."""
