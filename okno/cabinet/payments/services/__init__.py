"""Payments begun, moved by what providers prove, told to the books."""
