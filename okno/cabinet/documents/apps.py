from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "okno.cabinet.documents"
    label = "documents"
