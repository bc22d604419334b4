"""The twins of payment systems."""

from pathlib import Path

from okno.cli.processes.serving import loop_run, serve_loop, settings_of
from okno.sandbox.payers.main import PayersSettings, start


async def _serve(settings: PayersSettings) -> None:
    await serve_loop(await start(settings))


def main(path: Path) -> None:
    loop_run(_serve(settings_of(path, PayersSettings)))
