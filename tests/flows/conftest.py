"""Fixtures of the cabinet's web process, and of what stands inside."""

from factories.command_fixtures import account, connections, dsn, sign
from factories.portal_fixtures import portal, settings_change

__all__ = ["account", "connections", "dsn", "portal", "settings_change", "sign"]
