"""Links by which anybody pays for an account, without signing in."""
