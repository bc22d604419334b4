"""Who lives on the street: the customers of the demo move in, staff are let in."""
