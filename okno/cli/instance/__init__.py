"""An instance on this machine: its directory, its secrets and settings, how it is made ready and reached."""
