"""The projector: events into the read model; and the registrar: answers into registrations."""

from pathlib import Path

from okno.cabinet.accounts.tasks.projector import Projector, ProjectorSettings
from okno.cabinet.accounts.tasks.registrar import Registrar
from okno.cli.processes.serving import Several, needed, serve_threads, settings_of
from okno.couriers.threads import ThreadCourier


def main(path: Path) -> None:
    settings = settings_of(path, ProjectorSettings)
    courier = ThreadCourier.dial(needed(settings.outer_url, "outer_url"), name="projector")
    serve_threads(Several(Projector(settings, courier), Registrar(settings)))
    courier.close()
