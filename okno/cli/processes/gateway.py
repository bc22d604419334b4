"""One instance of the gateway between its two virtual hosts."""

from pathlib import Path

from okno.cli.processes.serving import loop_run, needed, serve_loop, settings_of
from okno.couriers.amqp import connect
from okno.gateway.main import GatewaySettings, start


async def _serve(settings: GatewaySettings) -> None:
    outer = await connect(needed(settings.outer_url, "outer_url"), name=f"gateway {settings.name}")
    inner = await connect(needed(settings.inner_url, "inner_url"), name=f"gateway {settings.name}")
    await serve_loop(await start(settings, outer=outer, inner=inner))
    await outer.close()
    await inner.close()


def main(path: Path) -> None:
    loop_run(_serve(settings_of(path, GatewaySettings)))
