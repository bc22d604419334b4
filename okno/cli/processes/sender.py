"""The sender: messages to people."""

from pathlib import Path

from okno.cabinet.notices.tasks.sender import Sender, SenderSettings
from okno.cli.processes.serving import serve_threads, settings_of


def main(path: Path) -> None:
    serve_threads(Sender(settings_of(path, SenderSettings)))
