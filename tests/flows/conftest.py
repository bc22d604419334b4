"""Fixtures of the cabinet's web process."""

from factories.portal_fixtures import portal, settings_change

__all__ = ["portal", "settings_change"]
