"""The wire contract OKNO/1: envelope, messages, errors, money, signing. Knows no framework."""
