"""The real gateway between a toy cabinet and the real connector of a book, or of another system."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec
from factories.book_street import QUICK, USER
from factories.gateway_street import Connect, Street, eventually, now
from factories.wire import CABINET, SYSTEM, House, signing

from okno.connectors.main import ConnectorSettings
from okno.connectors.main import start as connector_start
from okno.connectors.runtime.connector import Connector
from okno.connectors.runtime.grants import grant_issue
from okno.protocol.keys import Keyring, OpeningKey
from okno.protocol.messages import Message
from okno.protocol.pen import Glass, Received


@dataclass(frozen=True)
class Held:
    """The keys of the cabinet and its sender."""

    ring: Keyring
    cabinet_opening: OpeningKey
    sender_opening: OpeningKey


class WholeStreet(Street):
    """As Street, with the connector of the book at `dsn` where the toy one stands there.

    Its system is another one when `changes` of the connector's settings say so; `limits` are among them.
    """

    def __init__(self, connect: Connect, folder: Path, dsn: str, **changes: object) -> None:
        # The connector answers to the instance whose name is in the key.
        super().__init__(connect, folder, House(gateway=signing("gateway.gw1", "gateway-2026a")))
        self.dsn = dsn
        self.changes = {"limits": QUICK, **changes}
        self.book: Connector | None = None

    async def __aenter__(self) -> Self:
        gateway = await self.gateway()
        house: House = self.house
        self._write("connector.sign", house.connector.dump())
        self._write("connector.open", house.connector_open.dump())
        settings = ConnectorSettings(
            dsn=self.dsn,
            keylist=str(self.folder / "keylist.jws"),
            root_public=str(self.folder / "root.pub"),
            signing_key=str(self.folder / "connector.sign"),
            opening_key=str(self.folder / "connector.open"),
        )
        ring = gateway._gate._wayback._glass.keyring  # noqa: SLF001 - the same ring
        self.cabinet_glass = Glass(ring, receiver=CABINET)
        self.trust = Held(ring, house.cabinet_open, house.sender_open)
        courier = await self.courier("connector.main", "inner")
        self.book = await connector_start(msgspec.structs.replace(settings, **self.changes), courier=courier)
        await self.book.started()
        await eventually(lambda: gateway.is_active)
        # From here on the gateway's clock is right, and it has been active for as long as its floor asks.
        self.clock.shift = timedelta(0)
        await eventually(lambda: bool(gateway._gate.heard.present(self.clock().tick)))  # noqa: SLF001
        return self

    async def __aexit__(self, kind: type[BaseException] | None, value: object, trace: TracebackType | None) -> None:
        if self.book is not None:
            await self.book.stop()
        await super().__aexit__(kind, value, trace)

    def granted(self, account: str, *rights: str) -> dict[str, Any]:
        """What a user's request carries who holds these rights on the account."""
        grant = grant_issue(key=self.house.connector, authid=USER, account=account, rights=rights, at=now())
        return {"auth": ("app_user", USER), "grant": grant.token}

    async def ask(self, type_: str, data: Message, **rest: Any) -> Received:  # noqa: ANN401 - members of the envelope
        """Post a query and read its answer, which carries the signatures of connector and gateway."""
        envelope = self.pen.message(type_, data, at=now(), audience=SYSTEM, **rest)
        answer = await self.post(envelope)
        assert answer.code == 200, answer.body
        return self.cabinet_glass.read(answer.body, at=now(), online=True)
