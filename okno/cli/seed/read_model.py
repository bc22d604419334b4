"""The crowd into the cabinet by COPY, as okno_owner: users, access, accounts, operations, and sessions for a bench.

What stands here afterwards is what the projector would have written from the book's events: the same versions,
balances and texts, all from the same seed. One transaction, whole or not at all.
"""

import hashlib
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

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
TABLES = (
    "identity_user",
    "identity_session",
    "accounts_system",
    "accounts_access",
    "accounts_account",
    "accounts_operation",
)

Progress = Callable[[int, int], None]
Lines = Iterator[str]


class CrowdPresent(Exception):  # noqa: N818 - an answer about the cabinet, not a fault of the program
    """The crowd of this seed stands in the cabinet already; `same_size`: as many customers as were asked for."""

    def __init__(self, *, same_size: bool) -> None:
        super().__init__("the crowd of this seed stands in the cabinet already")
        self.same_size = same_size


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


def read_model_load(dsn: str, crowd: Crowd, progress: Progress | None = None) -> None:
    """Write the crowd. `dsn` is okno_owner's. Raises CrowdPresent."""
    total = crowd.customers * crowd.operations_per_account
    with psycopg.connect(dsn) as connection, policies_lifted(connection):
        _refuse_second(connection, crowd)
        connection.execute("SET LOCAL synchronous_commit = off")
        connection.execute(
            "INSERT INTO accounts_system (id, epoch) VALUES (%s, %s) ON CONFLICT (id) DO NOTHING",
            [crowd.system, crowd.epoch],
        )
        with keys_apart(connection, "accounts_operation", rebuild=total >= REBUILD_OPERATIONS_MIN):
            for start in range(0, crowd.customers, CHUNK_ACCOUNTS):
                span = range(start, min(start + CHUNK_ACCOUNTS, crowd.customers))
                _copy_span(connection, crowd, span)
                if progress is not None:
                    progress(span.stop, crowd.customers)
    with psycopg.connect(dsn, autocommit=True) as connection:
        for table in TABLES:
            connection.execute(f"ANALYZE {table}")


def sessions_open(dsn: str, seed: int, count: int, *, at: datetime) -> list[str]:
    """Open a session for each of the crowd's first customers; returns their tokens (the cookie's values)."""
    tokens = [base64url.encode(secrets.token_bytes(TOKEN_BYTES)) for _ in range(count)]
    ends = at + SESSION_TERM
    lines = (
        f"\\\\x{hashlib.sha256(base64url.decode(token)).hexdigest()}\t{uuid4()}\t{user_id(seed, index)}"
        f"\t2\t{at}\t{ends}\t{ends}\n"
        for index, token in enumerate(tokens)
    )
    columns = "token_hash, id, user_id, factors, created_at, expires_at, idle_until"
    with psycopg.connect(dsn) as connection, policies_lifted(connection):
        _send(connection, f"identity_session ({columns})", lines)
    return tokens


@contextmanager
def policies_lifted(connection: psycopg.Connection) -> Iterator[None]:
    """COPY does not know row policies: the owner lifts them for its one transaction, which nobody else can see."""
    for table in TABLES:
        connection.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    yield
    # Foreign keys are judged at commit unless told otherwise, and a table that awaits judgement cannot be altered.
    connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
    for table in TABLES:
        connection.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def user_id(seed: int, index: int) -> str:
    """The user of the crowd's customer `index`."""
    return stable_uuid(seed, index, "user")


def _refuse_second(connection: psycopg.Connection, crowd: Crowd) -> None:
    found = [
        connection.execute("SELECT 1 FROM accounts_account WHERE id = %s", [account_id(crowd.seed, index)]).fetchone()
        for index in (0, crowd.customers - 1, crowd.customers)
    ]
    if found[0] is not None:
        raise CrowdPresent(same_size=found[1] is not None and found[2] is None)


def _copy_span(connection: psycopg.Connection, crowd: Crowd, span: range) -> None:
    histories = [list(raw_operations(crowd.seed, index, crowd.operations_per_account, crowd.until)) for index in span]
    people = [row_of(crowd.seed, index, history, crowd.until) for index, history in zip(span, histories, strict=True)]
    _send(connection, "identity_user (id, login, password, phone_sealed, phone_mask)", _users(crowd, people))
    _send(connection, 'accounts_access (user_id, account_id, "right", grant_id, until)', _access(crowd, people))
    columns = "id, system_id, tail, currency, balance, status, due_amount, due_on, epoch, version, position, as_of"
    _send(connection, f"accounts_account ({columns})", _accounts(crowd, people))
    columns = "account_id, position, epoch, version, key, kind, channel, amount, balance, posted_at, text"
    _send(connection, f"accounts_operation ({columns})", _operations(crowd, people, histories))


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
