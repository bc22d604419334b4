"""The worker: the table of jobs, those of the foundations and those of the apps."""

from collections.abc import Mapping
from pathlib import Path

from okno.cabinet.documents.tasks.runs import RunSettings, SlipRuns
from okno.cabinet.kit.jobs import housekeeping
from okno.cabinet.kit.jobs.kinds import Kind
from okno.cabinet.kit.jobs.worker import Worker, WorkerSettings
from okno.cli.processes.serving import serve_threads, settings_of


def main(path: Path) -> None:
    settings = settings_of(path, WorkerSettings)
    serve_threads(Worker(settings, kinds_of(settings)))


def kinds_of(settings: WorkerSettings) -> Mapping[str, Kind]:
    """What this worker can do: printing slips only with the keys for it."""
    match settings:
        case WorkerSettings(
            keylist=str(keylist), root_public=str(root), opening_key=str(opens), documents_key=str(key)
        ):
            printing = SlipRuns(RunSettings(keylist, root, opens, key, settings.source))
            return {**housekeeping.KINDS, **printing.kinds()}
    return housekeeping.KINDS
