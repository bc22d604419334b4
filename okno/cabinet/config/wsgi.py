"""The WSGI application: `okno.cabinet.config.wsgi:application`, for OKNO_CABINET_CONFIG's portal, desk or both."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from okno.cabinet.config import logs
from okno.cabinet.config.instance import ENVIRONMENT, ConfigError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "okno.cabinet.config.settings")

logs.configure()
application = get_wsgi_application()
if not settings.OKNO.serves:
    raise ConfigError(f"{ENVIRONMENT} names no settings: the defaults serve nobody")
