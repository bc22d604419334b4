"""One process of hot reads and push."""

from pathlib import Path

from okno.cli.processes.serving import loop_run, serve_loop, settings_of
from okno.live.main import LiveSettings, start


async def _serve(settings: LiveSettings) -> None:
    await serve_loop(await start(settings))


def main(path: Path) -> None:
    loop_run(_serve(settings_of(path, LiveSettings)))
