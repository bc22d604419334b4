"""Connections of the cabinet: one database, one role per process; migrations run as the owner."""

from typing import Any

import django
from django.core.management import call_command
from django.db import connections
from django.db.models import Model
from psycopg.conninfo import conninfo_to_dict

PORTAL = "default"
DESK = "desk"
TILL = "till"
OWNER = "owner"

# Tables that only the desk's role may touch: Django's own staff accounts and what the desk mirrors.
DESK_APPS = frozenset({"admin", "auth", "contenttypes", "sessions", "desk"})

LIMITS = "-c statement_timeout=5000 -c lock_timeout=2000 -c idle_in_transaction_session_timeout=10000"


def database_settings(dsn: str | None, *, limits: str = LIMITS) -> dict[str, Any]:
    """Django's connection settings of a libpq connection string ; None = a base that does not exist."""
    parts = conninfo_to_dict(dsn) if dsn else {}
    named = {name: str(parts.pop(name, None) or "") for name in ("dbname", "user", "password", "host", "port")}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": named["dbname"],
        "USER": named["user"],
        "PASSWORD": named["password"],
        "HOST": named["host"],
        "PORT": named["port"],
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {**parts, "options": limits},
    }


class Router:
    """Portal and desk stand in one database under different roles; only the owner's connection migrates."""

    def db_for_read(self, model: type[Model], **_hints: object) -> str:
        return DESK if model._meta.app_label in DESK_APPS else PORTAL  # noqa: SLF001 (Django's own way to a label)

    db_for_write = db_for_read

    def allow_relation(self, *_objects: object, **_hints: object) -> bool:
        return True

    def allow_migrate(self, alias: str, *_names: object, **_hints: object) -> bool:
        return alias == OWNER


def migrate(owner_dsn: str) -> None:
    """Bring the schema up to date as `okno_owner`. Idempotent; needs DJANGO_SETTINGS_MODULE, but no instance file.

    Raises django.db.utils.Error when the roles of `okno/cli/servers/roles.sql` are missing.
    """
    django.setup()
    settings = database_settings(owner_dsn, limits="")
    connections.settings[OWNER] = connections.configure_settings({"default": settings})["default"]
    try:
        call_command("migrate", database=OWNER, verbosity=0, interactive=False)
    finally:
        connections[OWNER].close()
        del connections[OWNER]
        del connections.settings[OWNER]
