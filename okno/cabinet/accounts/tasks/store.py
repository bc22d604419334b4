"""The projector's statements: set-based, one of each kind per batch whatever its size (speed: ingest)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec
from psycopg.rows import TupleRow

from okno.cabinet.accounts.tasks.arrays import array, arrays
from okno.cabinet.accounts.tasks.changes import Operation, Version
from okno.cabinet.accounts.tasks.folding import Account
from okno.cabinet.accounts.tasks.reading import SNAPSHOT_GET, Mark, Revocation
from okno.cabinet.kit.processes.dispatcher import Connection
from okno.protocol.ids import new_id

#: A notification holds 8,000 bytes at most, and `live` takes 150 ids at once.
NOTIFIED_MAX = 150
#: More questions at once than the lowest priority class answers in half a minute only wait in the outbox.
ASKED_MAX = 500
SNAPSHOT_PRIORITY = 3
PAGE_LIMIT = 1000


def accounts_read(connection: Connection, ids: Sequence[str]) -> dict[str, Account]:
    """The rows of the accounts that exist. No lock: who holds the projector's lock is the only one that writes them."""
    rows = connection.execute(
        """
        SELECT id::text, system_id, tail, currency, balance, status, due_amount, due_on, epoch, version, as_of,
               gap_since, position
          FROM accounts_account WHERE id = ANY(%s::uuid[])
        """,
        [array(ids)],
        binary=True,
    )
    return {row[0]: _account(row) for row in rows}


def gaps(connection: Connection) -> dict[str, datetime]:
    """Accounts that miss a version, and since when."""
    rows = connection.execute("SELECT id::text, gap_since FROM accounts_account WHERE gap_since IS NOT NULL")
    return dict(rows)


def accounts_create(connection: Connection, accounts: Sequence[Account]) -> None:
    """Accounts that were not there when they were read, and the systems that tell of them."""
    connection.execute(
        """
        INSERT INTO accounts_system (id) SELECT DISTINCT s FROM unnest(%s::text[]) s ON CONFLICT DO NOTHING
        """,
        [sorted({account.system for account in accounts})],
    )
    connection.execute(
        """
        INSERT INTO accounts_account (id, system_id, tail, currency, balance, status, due_amount, due_on, epoch,
                                      version, as_of, gap_since, position)
        SELECT s.* FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::text[], %s::bigint[],
                               %s::date[], %s::int[], %s::bigint[], %s::timestamptz[], %s::timestamptz[],
                               %s::bigint[]) s
        """,
        arrays(map(_state, accounts), 13),
    )


def accounts_write(
    connection: Connection, accounts: Sequence[Account], operations: Mapping[str, Sequence[Operation]]
) -> None:
    """New operations up to the positions of their accounts, and the accounts' new state: one statement.

    Raises UniqueViolation when an account has one of the keys already, or is told one twice.
    """
    connection.execute(
        """
        WITH placed AS (
            INSERT INTO accounts_operation (account_id, position, epoch, version, key, kind, channel, amount, balance,
                                            posted_at, text)
            SELECT i.* FROM unnest(%s::uuid[], %s::bigint[], %s::int[], %s::bigint[], %s::text[], %s::text[],
                                   %s::text[], %s::bigint[], %s::bigint[], %s::timestamptz[], %s::text[]) i
        )
        UPDATE accounts_account a
           SET tail = s.tail, currency = s.currency, balance = s.balance, status = s.status,
               due_amount = s.due_amount, due_on = s.due_on, epoch = s.epoch, version = s.version, as_of = s.as_of,
               gap_since = s.gap_since, position = s.position
          FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::text[], %s::bigint[],
                      %s::date[], %s::int[], %s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::bigint[])
               s(id, system_id, tail, currency, balance, status, due_amount, due_on, epoch, version, as_of, gap_since,
                 position)
         WHERE a.id = s.id
        """,
        [*arrays(_lines(accounts, operations), 11), *arrays(map(_state, accounts), 13)],
    )


def operations_new(connection: Connection, operations: Mapping[str, Sequence[Operation]]) -> dict[str, list[Operation]]:
    """The operations whose keys their accounts have not, each once (a new epoch tells the old ones again)."""
    keys = [(account, one.key) for account, listed in operations.items() for one in listed]
    rows = connection.execute(
        """
        SELECT o.account_id::text, o.key
          FROM unnest(%s::uuid[], %s::text[]) i(account_id, key) JOIN accounts_operation o USING (account_id, key)
        """,
        arrays(keys, 2),
    )
    seen = set(rows.fetchall())
    fresh: dict[str, list[Operation]] = {account: [] for account in operations}
    for account, listed in operations.items():
        for one in listed:
            if (account, one.key) not in seen:
                seen.add((account, one.key))
                fresh[account].append(one)
    return fresh


def accounts_tell(connection: Connection, ids: Sequence[str]) -> None:
    """Say whose figures changed, in the transaction that changes them."""
    payloads = [",".join(ids[low : low + NOTIFIED_MAX]) for low in range(0, len(ids), NOTIFIED_MAX)]
    connection.execute("SELECT pg_notify('okno_account', p) FROM unnest(%s::text[]) p", [payloads])


def snapshots_ask(connection: Connection, wanted: Mapping[str, tuple[str, Version | None]], now: datetime) -> None:
    """One question per account (its system and known version), unless one is under way already."""
    asked = list(wanted.items())[:ASKED_MAX]
    rows = [
        (
            new_id(),
            system,
            f"acct:{account}",
            msgspec.json.encode({"account": account, "after": known, "limit": PAGE_LIMIT}),
        )
        for account, (system, known) in asked
    ]
    connection.execute(
        """
        WITH asked AS (
            INSERT INTO kit_outbox (id, type, kind, system, subject, priority, data, authtype, idempotency_key,
                                    recorded_at, next_attempt_at)
            SELECT q.id, %(type)s, 'query', q.system, q.subject, %(priority)s, q.data, 'service', q.id::text,
                   %(now)s, %(now)s
              FROM unnest(%(ids)s::uuid[], %(systems)s::text[], %(subjects)s::text[], %(data)s::bytea[])
                   q(id, system, subject, data)
             WHERE NOT EXISTS (SELECT FROM kit_outbox o
                                WHERE o.priority = %(priority)s AND o.state IN ('queued', 'accepted')
                                  AND o.type = %(type)s AND o.subject = q.subject)
            RETURNING 1)
        SELECT pg_notify('okno_outbox', '') FROM asked LIMIT 1
        """,
        {
            "type": SNAPSHOT_GET,
            "priority": SNAPSHOT_PRIORITY,
            "now": now,
            **dict(zip(("ids", "systems", "subjects", "data"), map(list, zip(*rows, strict=True)), strict=True)),
        },
    )


def watermarks_write(connection: Connection, marks: Sequence[Mark], now: datetime) -> None:
    """Raise each system's watermark; one of an older epoch says nothing any more."""
    latest: dict[str, Mark] = {}
    for mark in marks:
        held = latest.get(mark.system, mark)
        latest[mark.system] = max(held, mark, key=lambda one: (one.epoch, one.committed_before))
    connection.execute(
        """
        WITH raised AS (
            INSERT INTO accounts_system AS s (id, epoch, watermark, heard_at)
            SELECT m.id, m.epoch, m.watermark, %s FROM unnest(%s::text[], %s::int[], %s::timestamptz[])
                   m(id, epoch, watermark)
            ON CONFLICT (id) DO UPDATE SET epoch = excluded.epoch, heard_at = excluded.heard_at,
                   watermark = GREATEST(s.watermark, excluded.watermark)
             WHERE excluded.epoch >= s.epoch
            RETURNING id)
        SELECT pg_notify('okno_watermark', id) FROM raised
        """,
        [now, *arrays([(mark.system, mark.epoch, mark.committed_before) for mark in latest.values()], 3)],
    )


def grants_end(connection: Connection, revocations: Sequence[Revocation]) -> None:
    """Mark the grants and take away what they gave; `live` looks at access with every read."""
    columns = arrays([(one.account, one.grant, one.at) for one in revocations], 3)
    connection.execute(
        """
        WITH ended(account_id, grant_id, at) AS (SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::timestamptz[])),
        marked AS (
            UPDATE accounts_grant g SET revoked_at = e.at FROM ended e
             WHERE g.account_id = e.account_id AND g.id = COALESCE(e.grant_id, g.id) AND g.revoked_at IS NULL)
        DELETE FROM accounts_access a USING ended e
         WHERE a.account_id = e.account_id AND a.grant_id = COALESCE(e.grant_id, a.grant_id)
        """,
        columns,
    )


def _account(row: TupleRow) -> Account:
    *state, epoch, n, as_of, gap_since, position = row
    id_, system, tail, currency, balance, status, due_amount, due_on = state
    version = Version(epoch, n)
    return Account(
        id_, system, tail, currency, balance, status, due_amount, due_on, version, as_of, gap_since, position
    )


def _state(account: Account) -> tuple[object, ...]:
    *state, version, as_of, gap_since, position = msgspec.structs.astuple(account)
    return (*state, *version, as_of, gap_since, position)


def _lines(accounts: Sequence[Account], operations: Mapping[str, Sequence[Operation]]) -> Iterable[tuple[object, ...]]:
    """One line per operation; the last of an account stands at its position."""
    for account in accounts:
        listed = operations[account.id]
        for position, one in enumerate(listed, account.position - len(listed) + 1):
            version, key, kind, channel, _currency, *rest = msgspec.structs.astuple(one)
            yield (account.id, position, *version, key, kind, channel, *rest)
