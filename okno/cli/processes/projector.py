"""The projector: events into the read model; beside it registrar and filer: answers into registrations, documents."""

import gc
import sys
from pathlib import Path

from okno.cabinet.accounts.tasks.projector import Projector, ProjectorSettings
from okno.cabinet.accounts.tasks.registering.registrar import Registrar
from okno.cabinet.documents.tasks.filer import Filer
from okno.cli.processes.serving import Several, needed, serve_threads, settings_of
from okno.couriers.threads import ThreadCourier

#: Tens of thousands of objects come and go with each batch, none in a circle: collecting would be a fifth of the work.
COLLECT_OBJECTS = 200_000
#: The thread that applies has something to do as soon as PostgreSQL answers, several times a batch; the one that opens
#: messages would keep it waiting for 5 ms each time.
SWITCH_S = 0.0005


def main(path: Path) -> None:
    sys.setswitchinterval(SWITCH_S)
    gc.freeze()
    gc.set_threshold(COLLECT_OBJECTS)
    settings = settings_of(path, ProjectorSettings)
    courier = ThreadCourier.dial(needed(settings.outer_url, "outer_url"), name="projector")
    serve_threads(Several(Projector(settings, courier), Registrar(settings), Filer(settings)))
    courier.close()
