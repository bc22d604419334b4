"""The registrar: takes what the inside answered about first registrations from the outbox to where it belongs.

The relay leaves those replies byte for byte; here they are verified with this process's own keys. The message with a
code goes as it is to the sender, who alone can open it, blank or not; a proof becomes the registration's next state
and the question for the person's profile. What answers a registration that is over, or that has asked anew meanwhile,
changes nothing.
"""

import queue
from datetime import datetime, timedelta

import psycopg
import structlog

from okno.cabinet.accounts.tasks import rows
from okno.cabinet.accounts.tasks.applying import UNFIT
from okno.cabinet.accounts.tasks.projector import ProjectorSettings
from okno.cabinet.accounts.tasks.proving import profile_put, proof_put, refusal_put
from okno.cabinet.kit.outbox.handed import IDENTIFY, PROFILE_GET, PROVE
from okno.cabinet.kit.processes.bell import Bell
from okno.cabinet.kit.processes.dispatcher import Clock, Connection, Point, pass_by, utc_now
from okno.cabinet.kit.processes.keeper import Keeper
from okno.cabinet.kit.processes.trust import Trust
from okno.protocol import messages as m
from okno.protocol.errors import ErrorCode, ProtocolError

log = structlog.get_logger("okno.cabinet.registrar")

TYPES = (IDENTIFY, PROVE, PROFILE_GET)
PRIORITIES = (0, 1)
#: Rules 3.2 of the security reference: a code lives five minutes, and so does the message with it.
CODE_LIFE = timedelta(minutes=5)
SWEEP_S = 20.0

CODE_SENT = """
    UPDATE accounts_registration SET state = 'code-sent', attempt = %(attempt)s
     WHERE asked = %(row)s AND state = 'asking' AND expires_at > %(now)s
"""

# The attempt is the message's own id: whatever is delivered twice is sent once.
MESSAGE = """
    INSERT INTO notices_message (id, purpose, channel, body_sealed, subject, expires_at)
    VALUES (%(attempt)s, 'registration', 'sms', %(sealed)s, %(subject)s, %(until)s) ON CONFLICT DO NOTHING
"""


class Registrar:
    """Lives beside the projector, with its role and settings, so that a long batch there holds up nobody here."""

    def __init__(self, settings: ProjectorSettings, *, clock: Clock = utc_now, point: Point = pass_by) -> None:
        self._settings = settings
        self._clock = clock
        self._point = point
        self._trust = Trust(settings.keylist, settings.root_public)
        self._rung: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._bell = Bell("registrar-bell", settings.dsn, ["okno_reply"], self._ring)
        self._keeper = Keeper("registrar", self._serve)

    def start(self) -> None:
        self._keeper.start()
        self._bell.start()

    def stop(self) -> None:
        self._keeper.stopping.set()
        self._rung.put(None)
        self._bell.stop()
        self._keeper.stop()

    def _ring(self, _channel: str, _payload: str) -> None:
        self._rung.put(None)

    def _serve(self) -> None:
        with psycopg.connect(self._settings.dsn) as connection:
            while not self._keeper.stopping.is_set():
                while self.turn(connection):
                    pass
                try:
                    self._rung.get(timeout=SWEEP_S)
                except queue.Empty:
                    continue

    def turn(self, connection: Connection) -> bool:
        """Take the oldest fetched reply in one transaction; False when there is none."""
        try:
            with connection.transaction():
                fetched = rows.replies_lock(connection, 1, types=TYPES, priorities=PRIORITIES)
                for one in fetched:
                    self._take(connection, one)
                    self._point("before-commit")
        except UNFIT as error:
            code = error.code.value if isinstance(error, ProtocolError) else type(error).__name__
            log.warning("reply-refused", row=fetched[0].row, code=code)
            with connection.transaction():
                rows.replies_end(connection, [(fetched[0].row, code)], self._clock())
        return bool(fetched)

    def _take(self, connection: Connection, fetched: rows.Fetched) -> None:
        now = self._clock()
        ring = self._trust.ring(fetched.received_at)
        match fetched.read(ring, self._settings.source).data:
            case m.IdentifyAnswer() as answer:
                _code_pass(connection, fetched, answer, now)
            case m.GrantsAnswer(granted=True, grants=granted) if granted:
                proof_put(connection, fetched, granted, ring, now)
            case m.GrantsAnswer():
                refusal_put(connection, fetched)
            case m.ProfileAnswer() as answer:
                profile_put(connection, fetched, answer, now)
            case _:
                raise ProtocolError(ErrorCode.KIND_WRONG)
        rows.replies_end(connection, [(fetched.row, None)], now)


def _code_pass(connection: Connection, fetched: rows.Fetched, answer: m.IdentifyAnswer, now: datetime) -> None:
    values = {"row": fetched.row, "attempt": answer.attempt, "now": now}
    if connection.execute(CODE_SENT, values).rowcount:
        message = {"sealed": answer.sealed, "subject": fetched.subject, "until": now + CODE_LIFE}
        connection.execute(MESSAGE, values | message)
        connection.execute("SELECT pg_notify('okno_notice', '')")
