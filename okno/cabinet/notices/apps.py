from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "okno.cabinet.notices"
    label = "notices"
