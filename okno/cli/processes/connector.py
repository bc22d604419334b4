"""The connector of one accounting system."""

from pathlib import Path

from okno.cli.processes.serving import loop_run, needed, serve_loop, settings_of
from okno.connectors.main import ConnectorSettings, start
from okno.couriers.amqp import connect


async def _serve(settings: ConnectorSettings) -> None:
    courier = await connect(needed(settings.inner_url, "inner_url"), name=f"connector {settings.system}")
    await serve_loop(await start(settings, courier=courier))
    await courier.close()


def main(path: Path) -> None:
    loop_run(_serve(settings_of(path, ConnectorSettings)))
