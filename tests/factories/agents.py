"""An agent of a company that takes payments: the terminal's twin in front of a counter, and the inside by hand."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import UUID

import msgspec
from factories.django_ready import HttpResponse
from factories.portal import COUNTER_HOST, WIDE, Browser, Database, Portal, at_once, portal_running

from okno.cabinet.config.instance import Limit
from okno.cabinet.payments.services.agents.finding import number_key
from okno.cabinet.payments.services.agents.settings import Agent
from okno.protocol.sealing import open_sealed
from okno.sandbox.terminals.terminal import Order, Said, Terminal, told

SECRET = "terminal-and-counter-know-this-one-and-nobody-else"
NAME = "kassa24"
ADDRESS = "198.51.100.7"
NUMBER = "4081700100"
PAYABLE = "okno.payment.payable.v1"
ORDER = Order(txn="1234567", account=NUMBER, sum="200.00", at="20261127120133")


@dataclass
class Desk:
    """The counter with one agent. `ask` goes over the wire as it is; `answered` waits for an inside that speaks."""

    portal: Portal
    account: UUID
    terminal: Terminal

    def send(self, text: str, *, address: str = ADDRESS, method: str = "GET", name: str = NAME) -> HttpResponse:
        browser = Browser(host=COUNTER_HOST, address=address)
        path = f"/agents/{name}"
        if method == "GET":
            return browser.generic("GET", f"{path}?{text}")
        return browser.generic("POST", path, text.encode(), content_type="application/x-www-form-urlencoded")

    def ask(self, text: str, **given: Any) -> Said:  # noqa: ANN401 - those of `send`
        answer = self.send(text, **given)
        assert answer.status_code == 200, (answer.status_code, answer.content)
        return told(answer.content)

    def know(self, order: Order = ORDER) -> None:
        """Let the inside have told once whose the number is: from then on the read model knows it."""
        self.portal.peek(
            "INSERT INTO payments_agent_account (key, account_id, system, currency) VALUES (%s, %s, 'main', 'RUB')",
            self.key(order.account),
            self.account,
        )

    def key(self, number: str) -> bytes:
        return number_key(self.portal.config.agents[NAME], number)

    def asked(self) -> list[str]:
        """The numbers that the inside was asked about, as it alone can read them."""
        rows = self.portal.peek("SELECT data FROM kit_outbox WHERE type = %s ORDER BY seq", PAYABLE)
        key = self.portal.keys.connector_open
        sealed = [json.loads(bytes(data))["sealed"] for (data,) in rows]  # type: ignore[call-overload]
        return [json.loads(open_sealed(one, key, subject=None, type=PAYABLE))["number"] for one in sealed]

    def inside_says(self, **reply: object) -> int:
        """Answer every open question, as the relay would write it down; how many there were."""
        full = {"as_of": "2026-11-27T12:00:00Z", **reply}
        return len(
            self.portal.peek(
                "UPDATE kit_outbox SET state = 'done', outcome = %s, finished_at = now()"
                " WHERE type = %s AND state = 'queued' RETURNING id",
                json.dumps({"reply": full}),
                PAYABLE,
            )
        )

    def answered(self, query: str, **reply: object) -> Said:
        """A call that waits for the inside, and the inside that answers it."""
        done: list[Said] = []
        call = threading.Thread(target=lambda: done.extend(at_once(1, lambda _: self.ask(query))))
        call.start()
        while call.is_alive() and self.inside_says(**reply) == 0:
            call.join(0.01)
        call.join()
        return done[0]

    def count(self, table: str) -> int:
        ((found,),) = self.portal.peek(f"SELECT count(*) FROM {table}")  # noqa: S608 - a table of ours
        return int(str(found))

    def nothing_moved(self) -> bool:
        return not any(self.count(f"payments_{name}") for name in ("payment", "attempt", "entry", "posting", "refund"))


@contextmanager
def desk_open(
    folder: Path, database: Database, *, limits: Mapping[str, Limit] = MappingProxyType({}), **changes: object
) -> Iterator[Desk]:
    """`changes` of the agent's settings; `limits` of the counter."""
    agent = msgspec.structs.replace(Agent(networks=("198.51.100.0/24",), secrets=(SECRET,), wait_ms=0), **changes)
    with portal_running(folder, database, agents={NAME: agent}, limits={**WIDE, **limits}) as portal:
        yield Desk(portal, portal.account(), Terminal(SECRET))
