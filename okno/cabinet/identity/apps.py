from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "okno.cabinet.identity"
    label = "identity"
