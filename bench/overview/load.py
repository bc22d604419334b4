"""The load generator, a process of its own: closed loop, keep-alive, every answer compared with its token's account.

    python load.py CONNECTIONS CUSTOMERS WARM_S TIMED_S SEED WAY PORT...

WAY: plain, tornado (the requests go over to live's other edge) or tls.

Prints one JSON line: answers, wrong, p50_ms, p99_ms, cpu_s, seconds.
"""

import asyncio
import json
import random
import ssl
import sys
import time
from dataclasses import dataclass
from typing import cast

import uvloop
from dataset import PER_ACCOUNT, account, cookie

TORNADO = "TE: trailers\r\n"
HEAD_END = b"\r\n\r\n"
LENGTH = b"Content-Length: "


class Tally:
    """What came back."""

    def __init__(self) -> None:
        self.timed = False
        self.stopped = False
        self.wrong = 0
        self.example = b""
        self.took: list[float] = []


@dataclass(frozen=True)
class Customers:
    """Request and expected account of every customer, made beforehand so that the load costs as little as it can."""

    requests: list[bytes]
    expected: list[bytes]

    @classmethod
    def of(cls, count: int, way: str) -> "Customers":
        """The first `count` customers. By `tornado` a field is sent that the lean way leaves to Tornado."""
        head = (
            "GET /live/v1/overview HTTP/1.1\r\nHost: bench.localhost\r\nAccept: application/json\r\n"
            "Accept-Language: ru,en;q=0.8\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\n"
            f"{TORNADO if way == 'tornado' else ''}Cookie: "
        )
        return cls(
            [f"{head}{cookie(number)}\r\n\r\n".encode() for number in range(count)],
            [f'"account":{{"account":"{account(number)}"'.encode() for number in range(count)],
        )


class Caller(asyncio.Protocol):
    """One connection: the next request leaves when the answer is in."""

    def __init__(self, tally: Tally, customers: Customers, chance: random.Random) -> None:
        self._tally = tally
        self._customers = customers
        self._count = len(customers.requests)
        self._chance = chance
        self._number = 0
        self._asked = 0.0
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transport is no subclass of asyncio's.
        self._transport = cast(asyncio.Transport, transport)
        self._ask()

    def _ask(self) -> None:
        if self._tally.stopped:
            self._transport.close()
            return
        self._number = int(self._chance.random() * self._count)
        self._asked = time.perf_counter()
        self._transport.write(self._customers.requests[self._number])

    def data_received(self, data: bytes) -> None:
        self._rest += data
        end = self._rest.find(HEAD_END)
        if end < 0:
            return
        start = self._rest.find(LENGTH, 0, end + 2) + len(LENGTH)
        length = int(self._rest[start : self._rest.index(b"\r", start)])
        total = end + len(HEAD_END) + length
        if len(self._rest) < total:
            return
        took = time.perf_counter() - self._asked
        body, status = self._rest[end + len(HEAD_END) : total], self._rest[9:12]
        self._rest = self._rest[total:]
        expected = self._customers.expected[self._number]
        if status != b"200" or expected not in body or body.count(b'"key":') != PER_ACCOUNT:
            self._tally.wrong += 1
            self._tally.example = status + b" " + body[:300]
        elif self._tally.timed:
            self._tally.took.append(took)
        self._ask()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        if not self._tally.stopped:
            self._tally.wrong += 1
            self._tally.example = b"connection lost"


async def run(arguments: list[str]) -> dict[str, object]:
    connections, customers, warm_s, timed_s, seed = (
        int(arguments[0]),
        Customers.of(int(arguments[1]), arguments[5]),
        float(arguments[2]),
        float(arguments[3]),
        int(arguments[4]),
    )
    context = ssl._create_unverified_context() if arguments[5] == "tls" else None  # noqa: SLF001, S323 (our own certificate)
    ports = [int(port) for port in arguments[6:]]
    chance = random.Random(seed)
    tally = Tally()
    loop = asyncio.get_running_loop()
    for number in range(connections):
        await loop.create_connection(
            lambda: Caller(tally, customers, chance),
            "127.0.0.1",
            ports[number % len(ports)],
            ssl=context,
        )
    await asyncio.sleep(warm_s)
    tally.timed = True
    began, cpu = time.perf_counter(), time.process_time()
    await asyncio.sleep(timed_s)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    tally.timed = False
    tally.stopped = True
    await asyncio.sleep(0.2)
    took = sorted(tally.took)
    return {
        "answers": len(took),
        "wrong": tally.wrong,
        "example": tally.example.decode(errors="replace"),
        "p50_ms": took[len(took) // 2] * 1000 if took else None,
        "p99_ms": took[len(took) * 99 // 100] * 1000 if took else None,
        "cpu_s": cpu,
        "seconds": seconds,
    }


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(runner.run(run(sys.argv[1:]))))
