"""Django's settings: everything that may differ between instances comes from `instance.py`."""

import secrets

from okno.cabinet.config.database import DESK, PORTAL, database_settings
from okno.cabinet.config.instance import CabinetConfig, config_read

OKNO: CabinetConfig = config_read()

DEBUG = OKNO.debug
# Tools and migrations import this module without an instance: nothing signed with a random key outlives them.
SECRET_KEY = OKNO.secret_key or secrets.token_urlsafe(48)
ALLOWED_HOSTS = [*OKNO.portal_hosts, *OKNO.desk_hosts]

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "okno.cabinet.kit.apps.KitConfig",
    "okno.cabinet.notices.apps.NoticesConfig",
    "okno.cabinet.identity.apps.IdentityConfig",
    "okno.cabinet.accounts.apps.AccountsConfig",
]

MIDDLEWARE: list[str] = []

DATABASES = {
    PORTAL: database_settings(OKNO.roles.web_dsn),
    DESK: database_settings(OKNO.roles.desk_dsn),
}
DATABASE_ROUTERS = ["okno.cabinet.config.database.Router"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "ru"
LANGUAGES = [("ru", "Русский"), ("en", "English")]
USE_TZ = True
TIME_ZONE = "UTC"
