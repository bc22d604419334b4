"""Statements of the bank and the comparison of a day, from the command line."""
