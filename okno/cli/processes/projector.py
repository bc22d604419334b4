"""The projector: events into the read model."""

from pathlib import Path

from okno.cabinet.accounts.tasks.projector import Projector, ProjectorSettings
from okno.cli.processes.serving import needed, serve_threads, settings_of
from okno.couriers.threads import ThreadCourier


def main(path: Path) -> None:
    settings = settings_of(path, ProjectorSettings)
    courier = ThreadCourier.dial(needed(settings.outer_url, "outer_url"), name="projector")
    serve_threads(Projector(settings, courier))
    courier.close()
