"""The description of the HTTP API, and the shapes of its answers."""
