"""The gateway's decisions as one machine: every input is a method with a moment, every output a verdict."""

from collections.abc import Sequence

from okno.gateway.core.heard import HeardTable
from okno.gateway.core.intake import HEARTBEAT_WAIT_S, Intake, refused
from okno.gateway.core.limits import Limits
from okno.gateway.core.moment import Moment
from okno.gateway.core.pending import PendingTable
from okno.gateway.core.verdicts import (
    Answered,
    Bounced,
    Dispatched,
    Dropped,
    Ended,
    Entry,
    Link,
    Refused,
    Relayed,
    Send,
)
from okno.gateway.core.wayback import WayBack
from okno.protocol.envelope import Envelope
from okno.protocol.errors import ErrorCode
from okno.protocol.jws import payload_hash
from okno.protocol.keys import Keyring, SigningKey
from okno.protocol.messages import Heartbeat, LogCheckpoint
from okno.protocol.parties import EVERYBODY, Party, split_urn
from okno.protocol.pen import Glass, Pen

CHECKPOINT_CLASS = 3
_ACROSS: dict[Link, Party] = {"inner": Party.CABINET, "outer": Party.CONNECTOR}


class Gate:
    """Stands by until `activate`. Only the active gateway's limits, replays and queries count, so they are exact."""

    def __init__(self, *, name: str, keyring: Keyring, key: SigningKey, limits: Limits, systems: Sequence[str]) -> None:
        self.name = name
        self.is_active = False
        self.systems = tuple(systems)
        source = f"urn:okno:gateway:{name}"
        glass = Glass(keyring, receiver=source)
        self._pen = Pen(party="gateway", source=source, key=key)
        self.heard = HeardTable(silence_max_s=limits.heartbeat_silence_max_s)
        self.pending = PendingTable()
        self.intake = Intake(glass=glass, pen=self._pen, limits=limits, heard=self.heard, pending=self.pending)
        self._wayback = WayBack(glass=glass, pen=self._pen, intake=self.intake, heard=self.heard, pending=self.pending)

    def activate(self, now: Moment) -> Entry:
        self.is_active = True
        self.intake.seen.begin(now.at)
        return Entry("gateway", "active")

    def deactivate(self) -> tuple[Entry, list[tuple[str, Refused]]]:
        """The waiting queries are answered as by any standby; what is heard is no longer known."""
        self.is_active = False
        self.heard.forget()
        return Entry("gateway", "standby"), self.intake.abandon(ErrorCode.STANDBY)

    def post(self, raw: bytes, now: Moment) -> Refused | Ended | Dispatched:
        if not self.is_active:
            entry = Entry("intake", "refused", payload=payload_hash(raw))
            return refused(entry, ErrorCode.STANDBY, wait_s=HEARTBEAT_WAIT_S)
        return self.intake.post(raw, now)

    def sent(self, dispatched: Dispatched) -> None:
        """The broker has it. A command is thereby the inside's; a query stays under way until its reply."""
        if not dispatched.is_query:
            self.intake.leave(dispatched.ticket)

    def unsent(self, dispatched: Dispatched, code: ErrorCode, detail: str) -> Refused:
        return self.intake.unsent(dispatched, code, detail)

    def overdue(self, ticket: str, now: Moment) -> Refused | None:
        return self.intake.overdue(ticket, now)

    def reply(self, raw: bytes, now: Moment) -> Answered | Dropped:
        return self._wayback.reply(raw, now)

    def event(self, raw: bytes, now: Moment) -> Relayed | Ended | Bounced | Dropped:
        return self._wayback.event(raw, now)

    def heartbeat(self, raw: bytes, now: Moment) -> Entry | None:
        return self._wayback.heartbeat(raw, now)

    def beat(self, link: Link, now: Moment) -> Send:
        """Our own heartbeat for one side, repeating what the parties of the other side understand."""
        repeats = {
            party: dict(heard.operations)
            for party, heard in self.heard.present(now.tick).items()
            if split_urn(party)[0] is _ACROSS[link]
        }
        breakers = {system: self.intake.breakers[system].state(now.tick) for system in self.systems}
        data = Heartbeat(process=self.name, clock=now.at, breakers=breakers, repeats=repeats)
        envelope = self._pen.message("okno.link.heartbeat.v1", data, at=now.at, audience=EVERYBODY)
        return self._send(link, "x.heartbeat", "", envelope, persistent=False)

    def checkpoints(self, *, count: int, head: str, now: Moment) -> list[Send]:
        """Head and length of the log for every system that is there to keep it."""
        data = LogCheckpoint(gateway=self.name, count=count, head=head, at=now.at)
        return [
            self._send(
                "inner",
                "x.cmd",
                f"{system}.p{CHECKPOINT_CLASS}",
                self._pen.message("okno.log.checkpoint.v1", data, at=now.at, audience=f"urn:okno:system:{system}"),
                persistent=True,
            )
            for system in self.systems
            if self.heard.is_present(f"urn:okno:system:{system}", now.tick)
        ]

    def _send(self, link: Link, exchange: str, key: str, envelope: Envelope, *, persistent: bool) -> Send:
        return Send(link, exchange, key, self._pen.write(envelope), envelope.id, persistent)
