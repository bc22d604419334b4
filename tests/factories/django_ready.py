"""Django's parts that tests use, imported from here: the settings are ready then, whoever comes first."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "okno.cabinet.config.settings")
django.setup()

from django.db import DatabaseError, connections  # noqa: E402 (needs the set-up above)
from django.http import HttpResponse  # noqa: E402
from django.test import Client, RequestFactory, override_settings  # noqa: E402
from django.urls import get_resolver  # noqa: E402

__all__ = [
    "Client",
    "DatabaseError",
    "HttpResponse",
    "RequestFactory",
    "connections",
    "get_resolver",
    "override_settings",
]
