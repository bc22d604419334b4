"""The built-in reference book of accounts."""
