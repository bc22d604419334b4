"""The processes of an installation, one module each: `main(path)` serves with the settings of a file until SIGTERM.

A module imports its own room alone, so that a process starts fast and holds nothing of its neighbours.
"""

PROCESSES = ("connector", "gateway", "live", "payers", "projector", "relay", "sender", "smsc", "till", "worker")
WSGI = ("web", "desk", "counter")
HELD = ("live",)
"""Others that may stand behind a listening socket which is held by who starts them: `main(path, bind)`."""
