"""What the questions about people work with: the system, the store, and the keys of this connector."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import msgspec

from okno.connectors.runtime.keys import Keys
from okno.connectors.runtime.outbound.signals import Alarm
from okno.connectors.runtime.people.limits import PeopleLimits
from okno.connectors.runtime.references import References
from okno.connectors.runtime.store.connections import Connections
from okno.connectors.runtime.system import System
from okno.protocol.errors import ErrorCode, ProtocolError
from okno.protocol.messages import Message
from okno.protocol.parties import split_urn
from okno.protocol.pen import Received
from okno.protocol.sealing import open_sealed, seal

Content = TypeVar("Content", bound=Message)


@dataclass(frozen=True, kw_only=True)
class Inside:
    """`names` are those of accounts; `alarm` is told when a limit is tripped."""

    system: System
    names: References
    connections: Connections
    keys: Keys
    clock: Callable[[], datetime]
    limits: PeopleLimits
    alarm: Alarm

    def opened(self, asked: Received, token: str, content: type[Content]) -> Content:
        """What the cabinet sealed into its question. Raises the codes of `open_sealed`, and `schema`."""
        envelope = asked.envelope
        plain = open_sealed(token, self.keys.opening, subject=envelope.subject, type=envelope.type)
        try:
            return msgspec.json.decode(plain, type=content)
        except msgspec.MsgspecError as error:
            # The error's own text may quote what was sealed.
            raise ProtocolError(ErrorCode.SCHEMA, f"sealed part: {type(error).__name__}") from None

    def sealed_to_sender(self, asked: Received, plain: bytes) -> str:
        """For the process that sends messages, and for no other of the cabinet."""
        return self._sealed(asked, plain, "sender")

    def sealed_to_asker(self, asked: Received, content: Message) -> str:
        """For the cabinet that asks."""
        role, name = split_urn(asked.envelope.source)
        return self._sealed(asked, msgspec.json.encode(content), f"{role}.{name}")

    def _sealed(self, asked: Received, plain: bytes, party: str) -> str:
        entry = self.keys.ring.opening_for(party, self.clock())
        return seal(plain, entry, subject=asked.envelope.subject, type=asked.envelope.type)
