from django.apps import AppConfig


class KitConfig(AppConfig):
    name = "okno.cabinet.kit"
    label = "kit"
