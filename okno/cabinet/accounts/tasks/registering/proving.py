"""What the registrar writes once the inside has judged a code: refused, proven, or proven and linked already."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from okno.cabinet.accounts.tasks.rows import Fetched
from okno.cabinet.kit.outbox.handed import PROFILE_GET
from okno.cabinet.kit.processes.dispatcher import Connection
from okno.cabinet.kit.processes.rows import audit_write, signal_write
from okno.protocol import grants
from okno.protocol import messages as m
from okno.protocol.errors import ErrorCode, ProtocolError
from okno.protocol.ids import new_id
from okno.protocol.keys import Keyring

#: Of the registry: the profile is asked for at once, and its reply is awaited by a person.
PROFILE_PRIORITY = 1

LOCK = """
    SELECT user_id::text FROM accounts_registration
     WHERE asked = %s AND state = 'checking' AND expires_at > %s FOR UPDATE
"""

REFUSE = """
    UPDATE accounts_registration SET state = 'refused' WHERE asked = %s AND state = 'checking' RETURNING tries_left
"""

# Somebody who has all that this grant gives is the customer's user already; a delegate with less is not.
LINKED = """
    SELECT EXISTS (
        SELECT FROM accounts_access a
         WHERE a.account_id = %(account)s AND a.user_id <> %(user)s AND a.until > %(now)s
           AND a."right" = ANY(%(rights)s)
         GROUP BY a.user_id HAVING count(*) = cardinality(%(rights)s::text[]))
"""

LINK = "UPDATE accounts_registration SET state = 'linked' WHERE asked = %s"

PROVE = """
    UPDATE accounts_registration SET state = 'proving', grants = %(grants)s, asked = %(profile)s, asked_at = %(now)s
     WHERE asked = %(row)s
"""

ASK_PROFILE = """
    INSERT INTO kit_outbox (id, type, kind, system, subject, priority, data, authtype, authid, grant_token,
                            idempotency_key)
    VALUES (%(profile)s, %(type)s, 'query', %(system)s, %(subject)s, %(priority)s, %(data)s, 'app_user', %(user)s,
            %(token)s, %(key)s)
"""

PROFILE = """
    UPDATE accounts_registration SET state = 'proven', profile = %s
     WHERE asked = %s AND state = 'proving' AND expires_at > %s
"""


def refusal_put(connection: Connection, fetched: Fetched) -> None:
    """The one refusal; a person may try again while tries are left."""
    for (tries_left,) in connection.execute(REFUSE, [fetched.row]).fetchall():
        name = "authn_login_fail" if tries_left else "authn_login_fail_max"
        signal_write(connection, "projector", name, {"step": "registration", "tries_left": tries_left})


def proof_put(
    connection: Connection, fetched: Fetched, granted: Sequence[m.GrantedAccount], ring: Keyring, now: datetime
) -> None:
    """Keep the grants and ask for the profile; or say that these accounts have their user. Raises ProtocolError."""
    locked = connection.execute(LOCK, [fetched.row, now]).fetchone()
    if locked is None:
        return
    (user,) = locked
    read = [_grant(one, user, fetched.system, ring, now) for one in granted]
    linked = next((grant for grant in read if _is_linked(connection, grant, user, now)), None)
    if linked is not None:
        connection.execute(LINK, [fetched.row])
        # Whoever owns the phone came a second time, or somebody else holds it: worth a look either way.
        audit_write(connection, "system:identification", "registration.linked", linked.subject, {"grant": linked.id})
        return
    first, profile = granted[0], new_id()
    values = {"row": fetched.row, "grants": [one.token for one in granted], "profile": profile, "now": now}
    connection.execute(PROVE, values)
    question = {
        "type": PROFILE_GET,
        "system": fetched.system,
        "subject": f"acct:{first.account}",
        "priority": PROFILE_PRIORITY,
        "data": msgspec.json.encode(m.ProfileGet(account=first.account)),
        "user": user,
        "token": first.token,
        "key": profile,
    }
    connection.execute(ASK_PROFILE, values | question)
    connection.execute("SELECT pg_notify('okno_outbox', '')")


def profile_put(connection: Connection, fetched: Fetched, answer: m.ProfileAnswer, now: datetime) -> None:
    """Keep what is sealed to the cabinet, as it came: only the process that makes the user opens it."""
    connection.execute(PROFILE, [answer.sealed, fetched.row, now])


def _grant(one: m.GrantedAccount, user: str, system: str, ring: Keyring, now: datetime) -> grants.Grant:
    """The grant, if it is this user's on this account and in force."""
    if one.system != system:
        raise ProtocolError(ErrorCode.SUBJECT_NOT_GRANTED)
    right = grants.read(one.token, ring, at=now, system=system).rights[0]
    subject = f"acct:{one.account}"
    return grants.check(one.token, ring, at=now, authid=user, subject=subject, right=right, system=system)


def _is_linked(connection: Connection, grant: grants.Grant, user: str, now: datetime) -> bool:
    account = grant.subject.removeprefix("acct:")
    values = {"account": account, "user": user, "now": now, "rights": list(grant.rights)}
    row = connection.execute(LINKED, values).fetchone()
    return row is not None and bool(row[0])
