from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "okno.cabinet.accounts"
    label = "accounts"
