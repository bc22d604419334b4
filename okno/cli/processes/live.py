"""One process of hot reads and push."""

import socket
from pathlib import Path

from okno.cli.processes.serving import SettingsError, loop_run, serve_loop, settings_of
from okno.live.edge.web.held import HeldError, socket_held
from okno.live.main import LiveSettings, start


async def _serve(settings: LiveSettings, door: socket.socket | None) -> None:
    await serve_loop(await start(settings, door))


def main(path: Path, bind: str | None = None) -> None:
    """Serve behind a socket held by another, or on the port that the file says: on one of them.

    `bind`: `fd://N`; None = systemd's, if it hands one over. Raises SettingsError.
    """
    settings = settings_of(path, LiveSettings)
    try:
        door = socket_held(bind)
    except HeldError as error:
        raise SettingsError(str(error)) from error
    if door is None and settings.listen_port is None:
        raise SettingsError(f"{path}: no socket is handed over and the file has no listen_port: live needs one of them")
    if door is not None and settings.listen_port is not None:
        door.close()
        own = f"listen_port = {settings.listen_port}"
        raise SettingsError(f"{path}: a socket is handed over and the file has {own}: live needs one of them")
    loop_run(_serve(settings, door))
