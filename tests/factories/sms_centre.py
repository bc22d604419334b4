"""The SMS centre twin with its post office on ports of their own, in a loop and thread of their own."""

import asyncio
import json
import threading
from pathlib import Path
from typing import Any

import msgspec
import urllib3

from okno.carriers.http_sms import HttpSms, HttpSmsSettings
from okno.carriers.smtp import Smtp, SmtpSettings
from okno.sandbox.smsc.journal import Message
from okno.sandbox.smsc.main import Smsc, SmscSettings, start
from okno.sandbox.smsc.phone import Person

TOKEN = "carrier-token"
ORIGIN = "okno@example.org"
PEOPLE = (
    Person("+79161234501", "Анна Долгова (с долгом)", "Anna (in debt)"),
    Person("+79161234502", "Борис Запасов (с переплатой)", "Boris (in credit)"),
)


class Centre:
    """`journal()` is the oracle: what was accepted, read from the file."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "sms.jsonl"
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever)
        self._thread.start()
        self.twin: Smsc = self.call(self._start())
        self.http = urllib3.PoolManager(retries=False, timeout=10)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.twin.port}"

    def carrier(self, **changes: Any) -> HttpSms:  # noqa: ANN401 - fields of the settings
        return HttpSms(HttpSmsSettings(**{"url": self.url, "token": TOKEN, **changes}))

    def mail(self, **changes: Any) -> SmtpSettings:  # noqa: ANN401 - likewise
        given = {"host": "127.0.0.1", "port": self.twin.mail_port, "security": "plain", "origin": ORIGIN}
        return SmtpSettings(**{**given, **changes})

    def postman(self, **changes: Any) -> Smtp:  # noqa: ANN401 - likewise
        return Smtp(self.mail(**changes))

    def fail(self, **faults: object) -> None:
        answer = self.http.request(
            "PUT", f"{self.url}/-/faults", body=json.dumps(faults), headers={"Authorization": f"Bearer {TOKEN}"}
        )
        assert answer.status == 204, answer.data

    def journal(self) -> list[Message]:
        return [msgspec.json.decode(line, type=Message) for line in self.path.read_bytes().splitlines()]

    def stop(self) -> None:
        self.http.clear()
        self.call(self.twin.stop())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()

    async def _start(self) -> Smsc:
        return await start(SmscSettings(token=TOKEN, journal=str(self.path), listen_port=0, mail_port=0, people=PEOPLE))

    def call(self, work: Any) -> Any:  # noqa: ANN401 - a coroutine and what it returns
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(10)
