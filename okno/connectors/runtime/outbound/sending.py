"""What answers and findings of a connector are written with, and the way that they take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from okno.couriers.port import Courier
from okno.protocol.keys import Keyring
from okno.protocol.parties import split_party
from okno.protocol.pen import Pen, Received


@dataclass(frozen=True, kw_only=True)
class Sending:
    """`system` is the connector's own; `clock` returns aware UTC."""

    courier: Courier
    pen: Pen
    keyring: Keyring
    system: str
    clock: Callable[[], datetime]

    def gateway_of(self, asked: Received) -> str:
        """The instance that countersigned: its reply queue is the one that somebody waits at. Raises ProtocolError."""
        role, name = split_party(self.keyring.find(asked.kids[-1], self.clock()).party)
        return name or role
