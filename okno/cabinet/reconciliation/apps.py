"""Reconciliation of money with the bank, the payment systems and the books."""

from django.apps import AppConfig


class ReconciliationConfig(AppConfig):
    name = "okno.cabinet.reconciliation"
    label = "reconciliation"
