"""The connector's side of a first load and a comparison: pages of all that the books of a test hold."""

import hashlib
from datetime import UTC

from factories.outbox_world import Script, attempt, snapshots
from factories.read_model import World

from okno.cabinet.accounts.tasks.projector import Projector
from okno.cabinet.accounts.tasks.syncing.runs import Kind, run_begin
from okno.cabinet.kit.outbox.hop import Answered, Verdict
from okno.protocol import messages as m
from okno.protocol.money import Money
from okno.protocol.pen import Received

ROUNDS_MAX = 200


def begin(world: World, kind: Kind) -> str:
    with world.connect() as connection:
        return run_begin(connection, "main", kind, world.now)


def pages(world: World, *, limit: int = 3) -> Script:
    """Answers pages and snapshots as the books stand at that moment; the cursor is the place in the whole list."""
    whole = snapshots(world)

    def script(received: Received, raw: bytes) -> Verdict:
        asked = received.data
        if not isinstance(asked, m.SyncPage):
            return whole(received, raw)
        rows = accounts(world) if asked.what == "accounts" else operations(world)
        low = int(asked.after or 0)
        part = tuple(rows[low : low + limit])
        following = str(low + limit) if low + limit < len(rows) else None
        answer = m.SyncRows(asked.system, world.now, len(part), next=following, **{asked.what: part})
        return Answered(world.answer(received, answer))

    return script


def walk(world: World, projector: Projector, *, limit: int = 3) -> int:
    """Relay and projector by turns until nothing is asked for; returns how many rounds it took."""
    for number in range(ROUNDS_MAX):
        if not attempt(world, pages(world, limit=limit)):
            return number
        world.take(projector, replies=True)
    raise AssertionError("the run has no end")


def accounts(world: World) -> list[m.SyncAccount]:
    """In the order of their ids."""
    return [_account(world, account) for account in sorted(world.books.steps)]


def _account(world: World, account: str) -> m.SyncAccount:
    snapshot = world.books.snapshot(account, None, limit=10_000)
    amounts = [one.amount.money for one in snapshot.operations]
    lines = "".join(
        f"{one.key} {one.kind} {one.amount.money.minor} "
        f"{int(one.posted_at.timestamp()) * 1_000_000 + one.posted_at.astimezone(UTC).microsecond}\n"
        for one in snapshot.operations
    )
    return m.SyncAccount(
        account=account,
        version=snapshot.version,
        as_of=snapshot.as_of,
        currency=snapshot.currency,
        number_tail=snapshot.number_tail,
        status=snapshot.status,
        balance=snapshot.balance,
        operations=len(amounts),
        total=m.Amount.of(Money(sum(amount.minor for amount in amounts), snapshot.currency)),
        digest=hashlib.sha256(lines.encode()).hexdigest(),
        due=snapshot.due,
    )


def operations(world: World) -> list[m.SyncOperation]:
    """In the order of account and version."""
    return [
        m.SyncOperation(account, operation)
        for account in sorted(world.books.steps)
        for operation in world.books.snapshot(account, None, limit=10_000).operations
    ]
