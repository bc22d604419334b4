"""Payments: from the customer's wish to money that stands in the books."""

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "okno.cabinet.payments"
    label = "payments"
