"""Staff: own host, own sessions."""
