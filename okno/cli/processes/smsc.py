"""The twin of the SMS centre."""

from pathlib import Path

from okno.cli.processes.serving import loop_run, serve_loop, settings_of
from okno.sandbox.smsc.main import SmscSettings, start


async def _serve(settings: SmscSettings) -> None:
    await serve_loop(await start(settings))


def main(path: Path) -> None:
    loop_run(_serve(settings_of(path, SmscSettings)))
