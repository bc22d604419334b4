"""The crowd into the cabinet by COPY, as okno_owner: users, access, accounts, operations, and sessions for a bench.

What stands here afterwards is what the projector would have written from the book's events: the same versions,
balances and texts, all from the same seed. One transaction, whole or not at all.
"""

import hashlib
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg

from okno.cli.seed.apart import keys_apart
from okno.connectors.book.crowd import ANCHOR, OPERATIONS_PER_ACCOUNT
from okno.connectors.book.crowd.draws import stable_uuid
from okno.connectors.book.crowd.history import RawOperation, raw_operations
from okno.connectors.book.crowd.people import CrowdAccount, account_id, row_of
from okno.protocol.strict import base64url

CHUNK_ACCOUNTS = 5_000
REBUILD_OPERATIONS_MIN = 200_000
ACCESS_TERM = timedelta(days=29)
SESSION_TERM = timedelta(hours=12)
TOKEN_BYTES = 32
UNUSABLE_PASSWORD = "!"  # noqa: S105 (no password at all)
NULL = "\\N"
TABLES = ("identity_user", "identity_session", "accounts_access", "accounts_account", "accounts_operation")

Progress = Callable[[int, int], None]
Lines = Iterator[str]


class CrowdPresent(Exception):  # noqa: N818 - an answer about the cabinet, not a fault of the program
    """The crowd of this seed stands in the cabinet already."""


@dataclass(frozen=True)
class Crowd:
    """Which crowd, and how: `epoch` and `system` as the book's store says, `at` when it is loaded."""

    customers: int
    seed: int
    at: datetime
    epoch: int = 1
    system: str = "main"
    operations_per_account: int = OPERATIONS_PER_ACCOUNT
    until: datetime = ANCHOR
    sessions: int = 0


def read_model_load(dsn: str, crowd: Crowd, progress: Progress | None = None) -> list[str]:
    """Write the crowd; returns the session tokens (cookie values) of its first `sessions` customers.

    `dsn` is okno_owner's. Raises CrowdPresent.
    """
    tokens = [base64url.encode(secrets.token_bytes(TOKEN_BYTES)) for _ in range(crowd.sessions)]
    total = crowd.customers * crowd.operations_per_account
    with psycopg.connect(dsn) as connection:
        # COPY does not know row policies; the owner lifts them for this one transaction, which nobody else can see.
        for table in TABLES:
            connection.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        _refuse_second(connection, crowd.seed)
        connection.execute("SET LOCAL synchronous_commit = off")
        connection.execute(
            "INSERT INTO accounts_system (id, epoch) VALUES (%s, %s) ON CONFLICT (id) DO NOTHING",
            [crowd.system, crowd.epoch],
        )
        with keys_apart(connection, "accounts_operation", rebuild=total >= REBUILD_OPERATIONS_MIN):
            for start in range(0, crowd.customers, CHUNK_ACCOUNTS):
                span = range(start, min(start + CHUNK_ACCOUNTS, crowd.customers))
                _copy_span(connection, crowd, span, tokens)
                if progress is not None:
                    progress(span.stop, crowd.customers)
        for table in TABLES:
            connection.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    with psycopg.connect(dsn, autocommit=True) as connection:
        for table in TABLES:
            connection.execute(f"ANALYZE {table}")
    return tokens


def user_id(seed: int, index: int) -> str:
    """The user of the crowd's customer `index`."""
    return stable_uuid(seed, index, "user")


def _refuse_second(connection: psycopg.Connection, seed: int) -> None:
    found = connection.execute("SELECT 1 FROM accounts_account WHERE id = %s", [account_id(seed, 0)]).fetchone()
    if found is not None:
        raise CrowdPresent(f"the crowd of seed {seed} stands in the cabinet already")


def _copy_span(connection: psycopg.Connection, crowd: Crowd, span: range, tokens: list[str]) -> None:
    histories = [list(raw_operations(crowd.seed, index, crowd.operations_per_account, crowd.until)) for index in span]
    people = [row_of(crowd.seed, index, history, crowd.until) for index, history in zip(span, histories, strict=True)]
    _send(connection, "identity_user (id, login, password, phone_sealed, phone_mask)", _users(crowd, people))
    _send(connection, 'accounts_access (user_id, account_id, "right", grant_id, until)', _access(crowd, people))
    columns = "id, system_id, tail, currency, balance, status, due_amount, due_on, epoch, version, position, as_of"
    _send(connection, f"accounts_account ({columns})", _accounts(crowd, people))
    columns = "account_id, position, epoch, version, key, kind, channel, amount, balance, posted_at, text"
    _send(connection, f"accounts_operation ({columns})", _operations(crowd, people, histories))
    columns = "token_hash, id, user_id, factors, created_at, expires_at, idle_until"
    _send(connection, f"identity_session ({columns})", _sessions(crowd, span, tokens))


def _send(connection: psycopg.Connection, target: str, lines: Lines) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {target} FROM STDIN") as copy:
        copy.write("".join(lines))


def _users(crowd: Crowd, people: list[CrowdAccount]) -> Lines:
    """They cannot sign in: no password, and nothing sealed that could be sent to."""
    for person in people:
        login = "".join(sign for sign in person.contract.lower() if sign.isalnum())
        mask = f"··· {person.phone[-4:-2]}-{person.phone[-2:]}"
        yield f"{user_id(crowd.seed, person.ordinal)}\t{login}\t{UNUSABLE_PASSWORD}\t\t{mask}\n"


def _access(crowd: Crowd, people: list[CrowdAccount]) -> Lines:
    until = crowd.at + ACCESS_TERM
    for person in people:
        grant = stable_uuid(crowd.seed, person.ordinal, "grant")
        yield f"{user_id(crowd.seed, person.ordinal)}\t{person.account}\tview\t{grant}\t{until}\n"


def _accounts(crowd: Crowd, people: list[CrowdAccount]) -> Lines:
    for person in people:
        due = (NULL, NULL) if person.due_amount is None else (str(person.due_amount), str(person.due_on))
        fields = (
            *(person.account, crowd.system, person.tail, person.currency, str(person.balance), person.status, *due),
            *(str(crowd.epoch), str(person.n), str(person.n), str(person.last_at or crowd.until)),
        )
        yield "\t".join(fields) + "\n"


def _operations(crowd: Crowd, people: list[CrowdAccount], histories: list[list[RawOperation]]) -> Lines:
    for person, history in zip(people, histories, strict=True):
        account, epoch = person.account, crowd.epoch
        for n, key, kind, channel, amount, balance, at, text in history:
            moment = f"{datetime.fromtimestamp(at, crowd.until.tzinfo):%Y-%m-%d %H:%M:%S}+00"
            money = f"{amount}\t{balance}\t{moment}\t{text}\n"
            yield f"{account}\t{n}\t{epoch}\t{n}\t{key}\t{kind}\t{channel or NULL}\t{money}"


def _sessions(crowd: Crowd, span: range, tokens: list[str]) -> Lines:
    ends = crowd.at + SESSION_TERM
    for index in range(span.start, min(span.stop, len(tokens))):
        token_hash = hashlib.sha256(base64url.decode(tokens[index])).hexdigest()
        session = stable_uuid(crowd.seed, index, "session")
        user = user_id(crowd.seed, index)
        yield f"\\\\x{token_hash}\t{session}\t{user}\t2\t{crowd.at}\t{ends}\t{ends}\n"
