"""The worker: the table of jobs."""

from pathlib import Path

from okno.cabinet.kit.jobs.worker import Worker, WorkerSettings
from okno.cli.processes.serving import serve_threads, settings_of


def main(path: Path) -> None:
    serve_threads(Worker(settings_of(path, WorkerSettings)))
