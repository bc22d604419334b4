"""Banks, cash desks and terminals that call us: check, pay, cancel, status, in the manner of OSMP."""
