"""The projector: reads what the inside told, in batches, and applies each batch in one transaction.

One is active: whoever holds the advisory lock on the very connection that applies, so that a lost connection can never
write beside its successor. Three things wake it, and nothing polls: messages of the courier, LISTEN `okno_reply` (the
relay has fetched a snapshot), and the end of the time for which early events are held. Messages are opened ahead in the
pump's thread; whatever is open when a transaction ends is the next batch, so nothing waits for a batch to fill.

A batch is acknowledged after its commit only. What dies in between is delivered again, and found stale by its version.
"""

import contextlib
import queue
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

import msgspec
import psycopg
import structlog

from okno.cabinet.accounts.tasks import applying, rows, store
from okno.cabinet.accounts.tasks.changes import Page
from okno.cabinet.accounts.tasks.opening import Opened, Opener
from okno.cabinet.accounts.tasks.ordering import recovered
from okno.cabinet.accounts.tasks.reading import SNAPSHOT_GET, read_page
from okno.cabinet.accounts.tasks.syncing import runs, taking
from okno.cabinet.kit.processes.bell import Bell
from okno.cabinet.kit.processes.dispatcher import Clock, Connection, Point, pass_by, utc_now
from okno.cabinet.kit.processes.keeper import Keeper
from okno.cabinet.kit.processes.rows import signal_write
from okno.cabinet.kit.processes.trust import Trust
from okno.couriers.port import CourierDown, Delivery
from okno.couriers.threads import ThreadCourier
from okno.protocol.errors import ProtocolError
from okno.protocol.pen import Received

log = structlog.get_logger("okno.cabinet.projector")

#: "okno projector" as a number; one lock per database.
LOCK = 0x6F6B_6E6F_0001
#: How long one attempt to become active waits: a waiting statement holds back the database's clean-up.
LOCK_WAIT_MS = 5_000
#: How soon a projector that lost its database lets go of the messages in its hands.
PUMP_IDLE_S = 5.0
#: Nothing is lost while nothing wakes us; this only bounds the harm of a lost notification of a fetched reply.
SWEEP_S = 20.0
RECEIVER = "urn:okno:cabinet:1"


class ProjectorSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    dsn: str
    """As role okno_projector."""
    keylist: str
    root_public: str
    queue: str = "events.cabinet"
    batch_messages_max: int = 32
    prefetch: int = 64
    source: str = RECEIVER
    outer_url: str | None = None
    """Where the caller connects the courier to; the projector itself is handed one."""


@dataclass
class News:
    """What woke the projector: messages, and whether a reply may be waiting."""

    messages: list[Opened] = field(default_factory=list)
    replies: bool = False


class Projector:
    def __init__(
        self,
        settings: ProjectorSettings,
        courier: ThreadCourier,
        *,
        clock: Clock = utc_now,
        point: Point = pass_by,
    ) -> None:
        self._settings = settings
        self._courier = courier
        self._clock = clock
        self._point = point
        self._trust = Trust(settings.keylist, settings.root_public)  # of its own thread; the opener has another
        self._inbox: queue.SimpleQueue[News] = queue.SimpleQueue()
        self._memory = applying.Memory()
        self._bell = Bell("projector-bell", settings.dsn, ["okno_reply"], self._ring)
        self._keeper = Keeper("projector", self._serve)
        self.opener = Opener(Trust(settings.keylist, settings.root_public), settings.source, clock)
        self.active = threading.Event()
        """Set while this projector is the one that applies."""

    def start(self) -> None:
        self._keeper.start()
        self._bell.start()

    def stop(self) -> None:
        self._keeper.stopping.set()
        self._courier.stop()
        self._inbox.put(News())
        self._bell.stop()
        self._keeper.stop()

    def _ring(self, _channel: str, _payload: str) -> None:
        self._inbox.put(News(replies=True))

    def _serve(self) -> None:
        with psycopg.connect(self._settings.dsn) as connection:
            if not self._lead(connection):
                return
            self.remember(connection)
            self._inbox = queue.SimpleQueue()
            self._inbox.put(News(replies=True))
            pump = _Pump(self._courier, self._settings, self.opener, self._inbox.put)
            pump.start()
            self.active.set()
            log.info("projector-active", gaps=len(self._memory.waiting))
            try:
                while not self._keeper.stopping.is_set():
                    self.turn(connection, self._wait())
            finally:
                self.active.clear()
                pump.stop()

    def remember(self, connection: Connection) -> None:
        """Begin with the gaps that the database knows of: what an earlier process held is gone."""
        with connection.transaction():
            gaps = store.gaps(connection)
        now = self._clock()
        self._memory = applying.Memory({id_: recovered(since, now) for id_, since in gaps.items()})

    def _lead(self, connection: Connection) -> bool:
        """Wait to be the only one; False when told to stop."""
        connection.execute(f"SET lock_timeout = {LOCK_WAIT_MS}".encode())
        connection.commit()
        while not self._keeper.stopping.is_set():
            try:
                connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
            except psycopg.errors.LockNotAvailable:
                connection.rollback()
                continue
            connection.commit()
            connection.execute("SET lock_timeout = 0")
            connection.commit()
            return True
        return False

    def _wait(self) -> News:
        due = self._memory.due_at()
        timeout_s = SWEEP_S
        if due is not None:
            timeout_s = min(max((due - self._clock()).total_seconds(), 0.0), SWEEP_S)
        try:
            news = self._inbox.get(timeout=timeout_s)
        except queue.Empty:
            return News(replies=True)
        with contextlib.suppress(queue.Empty):
            while len(news.messages) < self._settings.batch_messages_max:
                more = self._inbox.get_nowait()
                news.messages += more.messages
                news.replies |= more.replies
        return news

    def turn(self, connection: Connection, news: News) -> None:
        """Apply what came: the batch in one transaction; message by message only when one of it does not fit."""
        believed = [message for message in news.messages if message.refused is None]
        for message in news.messages:
            if message.refused is not None:
                self._bury(connection, message.delivery, message.refused)
        if not (believed or news.replies or self._memory.due(self._clock())):
            return
        try:
            self._commit(connection, believed, replies=rows.REPLIES_MAX if news.replies else 0)
        except applying.UNFIT as error:
            log.warning("batch-unfit", error=type(error).__name__, messages=len(believed))
            for one in believed:
                self._commit_alone(connection, one)
            while news.replies and self._reply_alone(connection):
                pass

    def _commit_alone(self, connection: Connection, one: Opened) -> None:
        try:
            self._commit(connection, [one])
        except applying.UNFIT as error:
            self._bury(connection, one.delivery, _name(error))

    def _reply_alone(self, connection: Connection) -> bool:
        """Apply the oldest fetched reply, or let it fail; False when there is none."""
        try:
            with connection.transaction():
                fetched = rows.replies_lock(connection, 1)
            self._commit(connection, [], replies=1)
        except applying.UNFIT as error:
            runs.row_fail(connection, fetched[0].row, _name(error), self._clock())
            rows.replies_end(connection, [(fetched[0].row, _name(error))], self._clock())
            connection.commit()
        return bool(fetched)

    def _commit(self, connection: Connection, believed: Sequence[Opened], *, replies: int = 0) -> None:
        now = self._clock()
        items = [item for one in believed for item in one.items]
        read = self._follow(connection, replies) if replies else {}
        self._point("followed")
        with connection.transaction():
            pages: list[Page] = self._pages(connection, replies, read) if replies else []
            gaps = applying.apply(connection, self._memory, items, pages, now, self._point)
            self._point("before-commit")
        self._memory.settle(gaps, now)
        self._point("before-ack")
        if believed:
            self._settle(lambda: self._courier.ack([one.delivery for one in believed]))
        self._point("after-ack")

    def _follow(self, connection: Connection, limit: int) -> dict[str, Received]:
        """Ask for what comes after the pages of a load, before they are applied; returns what was read, by row."""
        read: dict[str, Received] = {}
        with connection.transaction():
            replies = {fetched.row: fetched for fetched in rows.replies_lock(connection, limit)}
            for row, asked in runs.asked_by(connection, list(replies)).items():
                # What is no genuine reply is judged and told of when its turn comes.
                with contextlib.suppress(ProtocolError):
                    read[row] = replies[row].read(self._trust.ring(replies[row].received_at), self._settings.source)
                    taking.follow(connection, row, asked, read[row], self._clock())
        return read

    def _pages(self, connection: Connection, limit: int, read: Mapping[str, Received]) -> list[Page]:
        """What fetched replies bring, if they are genuine; each ends its outbox row in this transaction."""
        pages: list[Page] = []
        ended: list[tuple[str, str | None]] = []
        replies = rows.replies_lock(connection, limit)
        asked = runs.asked_by(connection, [fetched.row for fetched in replies])
        for fetched in replies:
            try:
                pages += self._brought(connection, fetched, asked.get(fetched.row), read.get(fetched.row))
                ended.append((fetched.row, None))
            except ProtocolError as error:
                log.warning("reply-refused", row=fetched.row, code=error.code.value)
                runs.row_fail(connection, fetched.row, error.code.value, self._clock())
                ended.append((fetched.row, error.code.value))
        if ended:
            rows.replies_end(connection, ended, self._clock())
        return pages

    def _brought(
        self, connection: Connection, fetched: rows.Fetched, asked: runs.Asked | None, read: Received | None
    ) -> list[Page]:
        """Changes for the read model that a genuine reply brings. Raises ProtocolError."""
        received = read or fetched.read(self._trust.ring(fetched.received_at), self._settings.source)
        if asked is not None:
            return taking.take(connection, fetched.row, asked, received, self._clock())
        if fetched.type != SNAPSHOT_GET:
            return []  # its run was given up meanwhile
        return [read_page(received, account=fetched.subject.removeprefix("acct:"), asked_at=fetched.asked_at)]

    def _bury(self, connection: Connection, delivery: Delivery, code: str) -> None:
        """Store why, then let the message go to the dead queue, from where a person may drive it again."""
        with connection.transaction():
            signal_write(
                connection,
                "projector",
                "input_validation_fail",
                {"queue": delivery.queue, "code": code, "attempt": delivery.attempt, "bytes": len(delivery.body)},
            )
        log.error("message-buried", code=code, attempt=delivery.attempt)
        self._point("before-bury")
        self._settle(lambda: self._courier.reject(delivery, requeue=False))

    def _settle(self, settle: Callable[[], None]) -> None:
        try:
            settle()
        except CourierDown:
            # It is committed; it comes again by the next connection and is found stale.
            log.info("courier-down-at-ack")


class _Pump:
    """Brings messages from the courier's blocking iterator into the projector's one inbox, opened."""

    def __init__(
        self, courier: ThreadCourier, settings: ProjectorSettings, opener: Opener, put: Callable[[News], None]
    ) -> None:
        self._courier = courier
        self._settings = settings
        self._opener = opener
        self._put = put
        self._keeper = Keeper("projector-pump", self._run)

    def start(self) -> None:
        self._keeper.start()

    def stop(self) -> None:
        """Hand back what is not settled; takes PUMP_IDLE_S at most."""
        self._keeper.stop()

    def _run(self) -> None:
        batches = self._courier.batches(
            self._settings.queue,
            max_messages=self._settings.batch_messages_max,
            prefetch=self._settings.prefetch,
            idle_s=PUMP_IDLE_S,
        )
        # Closing ends the subscription here and now, not when the generator is collected.
        with contextlib.closing(cast("Generator[list[Delivery]]", batches)):
            for batch in batches:
                if self._keeper.stopping.is_set():
                    break
                for message in self._opener.open(batch, self._keeper.stopping):
                    self._put(News([message]))


def _name(error: Exception) -> str:
    return error.code.value if isinstance(error, ProtocolError) else type(error).__name__
