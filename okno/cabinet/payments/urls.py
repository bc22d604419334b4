"""Routes of the counter's host: notices of payment systems, calls of agents, payers on their way to a bank."""

from django.urls import path

from okno.cabinet.kit.http import probes
from okno.cabinet.payments.api import counter

handler404 = counter.not_here

urlpatterns = [
    path("-/live", probes.live),
    path("notices/<slug:name>", counter.notice),
    path("agents/<slug:name>", counter.agent),
    path("confirmations/<slug:name>/<uuid:attempt>", counter.confirmation),
]
