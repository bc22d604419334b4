"""The relay: carries outbox rows to the gateway, each attempt in a new envelope with the row's own key.

Rows are claimed in the order of their numbers, one bounded pool per priority class, so that a slow export cannot take
a login's thread. A claim sets a lease and stores the hash of what will be sent, both committed before anything leaves:
a relay that dies is followed by another attempt with the same key, and an answer is believed for what was sent alone.

States: queued -> accepted (the broker has it, or a snapshot's reply waits for the projector) -> done | failed. A
command that was accepted and not answered by its expiry is sent again.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
import structlog
from psycopg.rows import class_row

from okno.cabinet.kit.outbox.ends import Ended, accept, delay, end, hand_over
from okno.cabinet.kit.outbox.errands import Errand, OutboxRow, write
from okno.cabinet.kit.outbox.handed import HANDED_OVER
from okno.cabinet.kit.outbox.hop import Answered, Hop, HopSettings, Refused, Taken, Verdict
from okno.cabinet.kit.processes.bell import Bell
from okno.cabinet.kit.processes.dispatcher import Clock, Connection, Dispatcher, Point, pass_by, utc_now
from okno.cabinet.kit.processes.trust import Trust, signing_key
from okno.protocol.errors import Problem, ProtocolError
from okno.protocol.parties import Party, split_urn
from okno.protocol.pen import Glass, Pen

log = structlog.get_logger("okno.cabinet.relay")

SOURCE = "urn:okno:cabinet:1"
PRIORITIES = (0, 1, 2, 3)
PARKED_FOR = timedelta(hours=1)


class RelaySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    dsn: str
    """As role okno_relay."""
    gateway_urls: tuple[str, ...]
    signing_key: str
    """Path of the cabinet's signing key."""
    keylist: str
    root_public: str
    source: str = SOURCE
    slots: tuple[int, int, int, int] = (8, 4, 2, 2)
    """Threads of the priority classes 0..3."""
    lease_s: float = 30.0
    backoff_s_min: float = 0.5
    backoff_s_max: float = 60.0
    command_expiry_s: int = 600
    """A lost answer costs so long until the next attempt; the protocol allows a day."""
    query_attempts_max: int = 8
    """A query nobody answers is given up; a command never."""
    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None


@dataclass(frozen=True)
class Back:
    errand: Errand
    verdict: Verdict
    at: datetime


class OutboxDesk:
    """One priority class; see `okno.cabinet.kit.processes.dispatcher.Desk`."""

    def __init__(
        self, settings: RelaySettings, priority: int, hop: Hop, *, clock: Clock = utc_now, point: Point = pass_by
    ) -> None:
        self._settings = settings
        self._priority = priority
        self._hop = hop
        self._clock = clock
        self._point = point
        self._pen = Pen(party=Party.CABINET, source=settings.source, key=signing_key(settings.signing_key))
        self._trust = Trust(settings.keylist, settings.root_public)
        # Jitter spreads the attempts of many rows; nothing secret hangs on it.
        self._random = random.Random()  # noqa: S311

    def claim(self, connection: Connection, slots: int, now: datetime) -> Sequence[Errand]:
        with connection.cursor(row_factory=class_row(OutboxRow)) as cursor:
            rows = cursor.execute(
                """
                SELECT id::text, type, kind, system, subject, data, authtype, authid, grant_token, labels,
                       idempotency_key, recorded_at, attempts + 1 AS attempts, outcome
                  FROM kit_outbox
                 WHERE state IN ('queued', 'accepted') AND priority = %s AND next_attempt_at <= %s
                 ORDER BY seq LIMIT %s FOR UPDATE SKIP LOCKED
                """,
                [self._priority, now, slots],
            ).fetchall()
        expiry_s = self._settings.command_expiry_s
        errands = [write(row, self._pen, now, command_expiry_s=expiry_s) for row in rows]
        connection.execute(
            """
            UPDATE kit_outbox o SET attempts = attempts + 1, next_attempt_at = %s,
                   outcome = jsonb_build_object('sent', e.sent)
              FROM unnest(%s::uuid[], %s::jsonb[]) e(id, sent) WHERE o.id = e.id
            """,
            [
                now + timedelta(seconds=self._settings.lease_s),
                [errand.row for errand in errands],
                [msgspec.json.encode(errand.sent).decode() for errand in errands],
            ],
        )
        return errands

    def due(self, connection: Connection) -> datetime | None:
        row = connection.execute(
            "SELECT min(next_attempt_at) FROM kit_outbox WHERE state IN ('queued', 'accepted') AND priority = %s",
            [self._priority],
        ).fetchone()
        return row[0] if row is not None else None

    def work(self, errand: Errand) -> Back:
        if not errand.raw:
            return Back(errand, Refused(errand.unfit or "unfit", "never"), self._clock())
        self._point("before-send")
        verdict = self._hop.post(errand.raw)
        self._point("before-mark")
        return Back(errand, verdict, self._clock())

    def broken(self, errand: Errand, error: Exception) -> Back:
        return Back(errand, Refused(type(error).__name__, "same-key"), self._clock())

    def mark(self, connection: Connection, done: Sequence[Back], now: datetime) -> None:
        for back in done:
            self._mark_one(connection, back, now)

    def _mark_one(self, connection: Connection, back: Back, now: datetime) -> None:
        errand = back.errand
        match back.verdict:
            case Taken() if errand.kind == "event":
                end(connection, errand.row, Ended("done", {}), now)
            case Taken():
                accept(connection, errand.row, errand.expires_at)
            case Answered(raw):
                self._answered(connection, errand, raw, back.at)
            case Refused() as refused:
                self._refused(connection, errand, refused, now)

    def _answered(self, connection: Connection, errand: Errand, raw: bytes, at: datetime) -> None:
        """Only a message that the connector signed for this very request says anything."""
        try:
            received = Glass(self._trust.ring(at), receiver=self._settings.source).read(raw, at=at, online=True)
            received.check_answers(errand.sent[-1])
        except ProtocolError as error:
            log.error("answer-refused", row=errand.row, code=error.code.value)  # noqa: TRY400 - the other side's fault
            self._refused(connection, errand, Refused(error.code.value, "same-key"), at)
            return
        if isinstance(received.data, Problem):
            if received.data.retry == "never" and split_urn(received.envelope.source)[0] is Party.CONNECTOR:
                end(connection, errand.row, Ended("failed", {"problem": received.envelope.data}), at)
            else:
                self._refused(connection, errand, Refused(received.data.code, received.data.retry), at)
            return
        if errand.type in HANDED_OVER:
            hand_over(connection, errand.row, raw, errand.sent, at)
        else:
            end(connection, errand.row, Ended("done", {"reply": received.envelope.data}), at)

    def _refused(self, connection: Connection, errand: Errand, refused: Refused, now: datetime) -> None:
        given_up = errand.kind == "query" and errand.attempts >= self._settings.query_attempts_max
        if refused.retry == "never" and (errand.money or (errand.kind == "command" and errand.raw)):
            # No unsigned word ends a command, and nothing but the connector's one that moves money: it waits, and a
            # person is told.
            delay(connection, errand.row, now + PARKED_FOR, signal=refused.code)
            return
        if refused.retry == "never" or given_up:
            end(connection, errand.row, Ended("failed", {"refused": refused.code}), now)
            return
        wait_s = min(self._settings.backoff_s_min * 2.0 ** min(errand.attempts - 1, 16), self._settings.backoff_s_max)
        wait_s *= self._random.uniform(0.5, 1.0)
        delay(connection, errand.row, now + timedelta(seconds=max(wait_s, refused.after_s or 0.0)))


class Relay:
    """The process: one dispatcher per priority class, all woken by LISTEN okno_outbox."""

    def __init__(self, settings: RelaySettings, *, clock: Clock = utc_now, point: Point = pass_by) -> None:
        hop = Hop(
            HopSettings(
                gateway_urls=settings.gateway_urls,
                connections_max=sum(settings.slots),
                ca_file=settings.ca_file,
                cert_file=settings.cert_file,
                key_file=settings.key_file,
            )
        )
        self._dispatchers = [
            Dispatcher(
                f"relay-p{priority}",
                settings.dsn,
                OutboxDesk(settings, priority, hop, clock=clock, point=point),
                slots=settings.slots[priority],
                clock=clock,
            )
            for priority in PRIORITIES
        ]
        self._bell = Bell("relay-bell", settings.dsn, ["okno_outbox"], self._ring)

    def start(self) -> None:
        for dispatcher in self._dispatchers:
            dispatcher.start()
        self._bell.start()

    def stop(self) -> None:
        self._bell.stop()
        for dispatcher in self._dispatchers:
            dispatcher.stop()

    def _ring(self, _channel: str, _payload: str) -> None:
        for dispatcher in self._dispatchers:
            dispatcher.ring()
