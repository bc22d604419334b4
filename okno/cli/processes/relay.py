"""The relay: outbox rows to the gateway."""

from pathlib import Path

from okno.cabinet.kit.outbox.relay import Relay, RelaySettings
from okno.cli.processes.serving import serve_threads, settings_of


def main(path: Path) -> None:
    serve_threads(Relay(settings_of(path, RelaySettings)))
