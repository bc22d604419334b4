"""A twin of Robokassa."""
