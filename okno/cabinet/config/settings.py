"""Django's settings: everything that may differ between instances comes from `instance.py`."""

import secrets

from csp.constants import NONCE, NONE, SELF, STRICT_DYNAMIC

from okno.cabinet.config.database import DESK, PORTAL, TILL, database_settings
from okno.cabinet.config.instance import CabinetConfig, config_read
from okno.cabinet.config.logs import STANDARD

OKNO: CabinetConfig = config_read()

DEBUG = OKNO.debug
# Tools and migrations import this module without an instance: nothing signed with a random key outlives them.
SECRET_KEY = OKNO.secret_key or secrets.token_urlsafe(48)
ALLOWED_HOSTS = [*OKNO.portal_hosts, *OKNO.desk_hosts, *OKNO.counter_hosts]
ROOT_URLCONF = "okno.cabinet.config.portal_urls"
URLCONFS = {"desk": "okno.cabinet.desk.urls", "counter": "okno.cabinet.payments.urls"}
WSGI_APPLICATION = "okno.cabinet.config.wsgi.application"
APPEND_SLASH = False
DATA_UPLOAD_MAX_MEMORY_SIZE = 65_536
DATA_UPLOAD_MAX_NUMBER_FIELDS = 50

INSTALLED_APPS = [
    # Before Django's admin, whose pages it dresses.
    "okno.cabinet.desk.apps.DeskConfig",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.admin.apps.SimpleAdminConfig",
    "okno.cabinet.kit.apps.KitConfig",
    "okno.cabinet.notices.apps.NoticesConfig",
    "okno.cabinet.identity.apps.IdentityConfig",
    "okno.cabinet.accounts.apps.AccountsConfig",
    "okno.cabinet.payments.apps.PaymentsConfig",
    "okno.cabinet.reconciliation.apps.ReconciliationConfig",
    "okno.cabinet.documents.apps.DocumentsConfig",
]

MIDDLEWARE = [
    "okno.cabinet.kit.http.entry.EntryMiddleware",
    "okno.cabinet.kit.http.headers.HeadersMiddleware",
    "csp.middleware.CSPMiddleware",
    "okno.cabinet.config.desk.PolicyMiddleware",
    "okno.cabinet.kit.http.patience.PatienceMiddleware",
    "okno.cabinet.kit.http.forgery.ForgeryMiddleware",
    "okno.cabinet.config.desk.SessionsMiddleware",
    "okno.cabinet.config.desk.FormsMiddleware",
    "okno.cabinet.config.desk.StaffMiddleware",
    "okno.cabinet.config.desk.NotesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

DATABASES = {
    PORTAL: database_settings(OKNO.roles.web_dsn),
    DESK: database_settings(OKNO.roles.desk_dsn),
    TILL: database_settings(OKNO.roles.till_dsn),
}
DATABASE_ROUTERS = ["okno.cabinet.config.database.Router"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "ru"
LANGUAGES = [("ru", "Русский"), ("en", "English")]
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [NONCE, STRICT_DYNAMIC],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF, *OKNO.form_pages],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
        "require-trusted-types-for": ["'script'"] if OKNO.trusted_types else None,
    }
}

# The desk alone: one session a person, ten minutes idle (the working day ends it in `desk.selectors`).
SESSION_ENGINE = "okno.cabinet.config.desk"
SESSION_COOKIE_NAME = "__Host-okno-desk"
SESSION_COOKIE_AGE = 600
SESSION_SAVE_EVERY_REQUEST = True
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_SAMESITE = "Strict"
CSRF_USE_SESSIONS = True
CSRF_FAILURE_VIEW = "okno.cabinet.config.desk.form_refused"

LOGGING = STANDARD
