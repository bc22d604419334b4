"""Payments, and money that goes back."""
