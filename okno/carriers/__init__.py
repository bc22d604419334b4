"""Ways to people: SMS, mail, messengers. Imports the protocol only."""
