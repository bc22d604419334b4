"""A connector in a process of its own, `python -m … ERRAND.json`, that ends by kill -9 at a named step."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Never, cast

import msgspec

from okno.connectors.bench import Bench, Place, Reach
from okno.connectors.conformance.counterpart import SERVICE
from okno.connectors.conformance.stage import Stage
from okno.protocol import messages as m


class Errand(msgspec.Struct, frozen=True):
    """One payment to post through `reach`, with the connector's store at `store`; death at `step`."""

    folder: str
    store: str
    reach: Reach
    step: str
    payment: m.PaymentCaptured


def nothing() -> Never:
    raise RuntimeError("a connector on an errand puts nothing up")


async def go(errand: Errand) -> None:
    """Post, and end in good order when the step is not on the way."""

    def step(name: str) -> None:
        if name == errand.step:
            os.kill(os.getpid(), signal.SIGKILL)

    place = Place(Path(errand.folder), nothing, errand.store)
    # The system is up already: its bench stays with the process that started it.
    stage = Stage(cast("Bench", None), place, step=step)
    await stage.begin(errand.reach)
    payment = errand.payment
    await stage.wire.ask("okno.payment.captured.v1", payment, idempotencykey=payment.payment, **SERVICE)
    await stage.disconnect()


if __name__ == "__main__":
    asyncio.run(go(msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=Errand)))
