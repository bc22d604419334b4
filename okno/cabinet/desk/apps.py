from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "okno.cabinet.desk"
    label = "desk"
    verbose_name = "Рабочее место"
