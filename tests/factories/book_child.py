"""A connector in a process of its own, which ends by kill -9 at the n-th time it passes a named step.

python book_child.py SETTINGS.toml AMQP_URL STEP N     (STEP "-": it lives until somebody ends it)
"""

import asyncio
import itertools
import os
import signal
import sys
from pathlib import Path

from okno.connectors.main import settings_read, start
from okno.connectors.runtime.connector import Limits
from okno.couriers.amqp import connect


async def main(settings: str, url: str, deadly: str, times: int) -> None:
    passed = itertools.count(1)

    def step(name: str) -> None:
        if name == deadly and next(passed) == times:
            os.kill(os.getpid(), signal.SIGKILL)

    courier = await connect(url, name="connector of a test")
    connector = await start(settings_read(Path(settings)), courier=courier, limits=Limits(watermark_s=0.2), step=step)
    await connector.started()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])))
