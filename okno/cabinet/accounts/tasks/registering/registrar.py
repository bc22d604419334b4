"""The registrar: takes what the inside answered about first registrations from the outbox to where it belongs.

The message with a code goes as it is to the sender, who alone can open it, blank or not; a proof becomes the
registration's next state and the question for the person's profile. What answers a registration that is over, or that
has asked anew meanwhile, changes nothing.
"""

from datetime import datetime, timedelta

from okno.cabinet.accounts.tasks import rows
from okno.cabinet.accounts.tasks.registering.proving import profile_put, proof_put, refusal_put
from okno.cabinet.accounts.tasks.taking import ReplyTaker
from okno.cabinet.kit.outbox.handed import IDENTIFY, PROFILE_GET, PROVE
from okno.cabinet.kit.processes.dispatcher import Connection
from okno.protocol import messages as m
from okno.protocol.errors import ErrorCode, ProtocolError
from okno.protocol.pen import Received

#: Rules 3.2 of the security reference: a code lives five minutes, and so does the message with it.
CODE_LIFE = timedelta(minutes=5)

CODE_SENT = """
    UPDATE accounts_registration SET state = 'code-sent', attempt = %(attempt)s
     WHERE asked = %(row)s AND state = 'asking' AND expires_at > %(now)s
"""

# The attempt is the message's own id: whatever is delivered twice is sent once.
MESSAGE = """
    INSERT INTO notices_message (id, purpose, channel, body_sealed, subject, expires_at)
    VALUES (%(attempt)s, 'registration', 'sms', %(sealed)s, %(subject)s, %(until)s) ON CONFLICT DO NOTHING
"""


class Registrar(ReplyTaker):
    """See `ReplyTaker`."""

    name = "registrar"
    types = (IDENTIFY, PROVE, PROFILE_GET)
    priorities = (0, 1)

    def take(self, connection: Connection, fetched: rows.Fetched, received: Received, now: datetime) -> None:
        match received.data:
            case m.IdentifyAnswer() as answer:
                _code_pass(connection, fetched, answer, now)
            case m.GrantsAnswer(granted=True, grants=granted) if granted:
                proof_put(connection, fetched, granted, self._trust.ring(fetched.received_at), now)
            case m.GrantsAnswer():
                refusal_put(connection, fetched)
            case m.ProfileAnswer() as answer:
                profile_put(connection, fetched, answer, now)
            case _:
                raise ProtocolError(ErrorCode.KIND_WRONG)


def _code_pass(connection: Connection, fetched: rows.Fetched, answer: m.IdentifyAnswer, now: datetime) -> None:
    values = {"row": fetched.row, "attempt": answer.attempt, "now": now}
    if connection.execute(CODE_SENT, values).rowcount:
        message = {"sealed": answer.sealed, "subject": fetched.subject, "until": now + CODE_LIFE}
        connection.execute(MESSAGE, values | message)
        connection.execute("SELECT pg_notify('okno_notice', '')")
