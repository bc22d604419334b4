"""What the registry says of one operation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from okno.protocol.envelope import Kind
from okno.protocol.messages import Message
from okno.protocol.parties import Party

AuthType = Literal["app_user", "staff", "service"]
SubjectRule = Literal["account", "free"]

Schema = type[Message]  # a name of its own: the class below has a member called `type`

ANSWERED: tuple[Kind, ...] = ("query", "command")
# A queue of queries has one TTL, so the deadline goes with the priority class: p0..p3, milliseconds.
QUERY_DEADLINE_MS = (2_000, 3_000, 4_000, 5_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One row. Times are in the unit their name ends with; `priority` 0 is the most urgent of four classes.

    `sealed` is the content of `data.sealed` for the role `sealed_for`; `reply_sealed` the same for the reply.
    `subject` "account": the envelope's subject is `acct:` + `data.account`.
    """

    type: str
    kind: Kind
    senders: tuple[Party, ...]
    receiver: Party
    data: Schema
    expiry_max_s: int
    deadline_ms: int
    priority: int
    reply: Schema | None = None
    sealed: Schema | None = None
    sealed_for: Party | None = None
    reply_sealed: Schema | None = None
    reply_sealed_for: Party | None = None
    authtypes: tuple[AuthType, ...] = ()
    right: str | None = None
    money: bool = False
    online: bool = False
    labels: frozenset[str] = frozenset()
    subject: SubjectRule = "free"

    @property
    def sender(self) -> Party:
        return self.senders[0]

    @property
    def signers(self) -> tuple[Party, ...]:
        """Who must have signed when it reaches its receiver, in order (the first of `senders` speaking)."""
        return signers(self.sender, self.receiver)


def signers(sender: Party, receiver: Party) -> tuple[Party, ...]:
    """Two where a message passes the gateway, one where the gateway (or everybody on one exchange) is an end."""
    if Party.GATEWAY in (sender, receiver) or receiver is Party.ALL:
        return (sender,)
    return (sender, Party.GATEWAY)
