"""The HTTP reads of live against a real database: what is told, to whom, and what is refused.

Each promise is asked on both ways to the same answer: the lean one, and Tornado's, to which a connection goes over.
"""

import asyncio
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest
from factories.live_client import Client, live_running
from factories.live_world import MAIN, Session, World, ago, world_shared

from okno.live.edge.openapi.shapes import Overview, Page, ProblemShape, Year

LEAN: dict[str, str] = {}
# A header that the lean way does not judge, so Tornado answers.
TORNADO = {"Connection": "close"}
WAYS = pytest.mark.parametrize("way", [LEAN, TORNADO], ids=["lean", "tornado"])
UNKNOWN = "01901633-0000-7000-8000-000000000000"


@pytest.fixture(scope="module")
def shared(postgres: Any, cabinet_template: str) -> Iterator[tuple[World, str]]:  # noqa: ANN401 (the conftest's own class)
    with world_shared(postgres, cabinet_template) as made:
        yield made


@pytest.fixture
def world(shared: tuple[World, str]) -> World:
    return shared[0]


@pytest.fixture
def dsn(shared: tuple[World, str]) -> str:
    return shared[1]


def asked(dsn: str, session: Session | None, *paths: str, **headers: str) -> list[bytes]:
    """Bodies of 200 answers of one live."""

    async def scenario() -> list[bytes]:
        async with live_running(dsn) as client:
            answers = [await client.get(path, session, **headers) for path in paths]
            assert [answer.code for answer in answers] == [200] * len(paths)
            return [answer.body for answer in answers]

    return asyncio.run(scenario())


@WAYS
def test_overview_tells_state_last_operations_and_all_accounts(world: World, dsn: str, way: dict[str, str]) -> None:
    user = world.person()
    session = world.session(user)
    first = world.account(user, due_amount=12345, due_on="2026-12-10")
    second = world.account(user, status="blocked")
    for number in range(25):
        world.post(first, 100 + number, text=f'«{number}» "x" \\ <b>\n')
    body, other = asked(dsn, session, "/live/v1/overview", f"/live/v1/overview?account={second}", **way)
    told = msgspec.json.decode(body, type=Overview)
    assert [account.account for account in told.accounts] == [first, second]
    state = told.account
    assert state is not None
    assert (state.account, state.position, state.balance, state.tail) == (first, 25, "28.00", first[-4:])
    assert state.due is not None
    assert (state.due.amount, state.due.on) == ("123.45", date(2026, 12, 10))
    assert [operation.position for operation in state.operations] == list(range(25, 5, -1))
    newest = state.operations[0]
    assert (newest.amount, newest.balance, newest.text) == ("1.24", "28.00", '«24» "x" \\ <b>\n')
    chosen = msgspec.json.decode(other, type=Overview)
    assert chosen.account is not None
    assert (chosen.account.account, chosen.account.status, chosen.account.operations) == (second, "blocked", [])
    assert chosen.accounts == told.accounts


def test_overview_of_a_user_without_accounts_is_empty(world: World, dsn: str) -> None:
    session = world.session(world.person())
    (body,) = asked(dsn, session, "/live/v1/overview")
    assert msgspec.json.decode(body, type=Overview) == Overview(accounts=[], account=None)


@pytest.mark.parametrize(
    ("currency", "minor", "text"),
    [
        ("RUB", -1234567890123, "-12345678901.23"),
        ("RUB", -5, "-0.05"),
        ("RUB", 0, "0.00"),
        ("JPY", 1500, "1500"),
        ("KWD", 1234, "1.234"),
        ("AMD", 150, "1.50"),
    ],
)
def test_amounts_have_the_currencys_own_number_of_decimals(
    world: World, dsn: str, currency: str, minor: int, text: str
) -> None:
    user = world.person()
    account = world.account(user, currency=currency, balance=0, due_amount=minor, due_on="2026-12-10")
    world.post(account, minor)
    overview, page, year = asked(
        dsn,
        world.session(user),
        "/live/v1/overview",
        f"/live/v1/operations?account={account}",
        f"/live/v1/year?account={account}",
    )
    state = msgspec.json.decode(overview, type=Overview).account
    assert state is not None
    assert state.due is not None
    operation = msgspec.json.decode(page, type=Page).operations[0]
    month = msgspec.json.decode(year, type=Year).months[-1]
    assert {state.balance, state.due.amount, operation.amount, operation.balance, month.charged} == {text}


@pytest.mark.parametrize(
    ("as_of", "watermark", "gap", "expected", "stale"),
    [
        pytest.param(10, 5, False, 5, False, id="watermark is later"),
        pytest.param(5, 10, False, 5, False, id="account is later"),
        pytest.param(5, None, False, 5, False, id="no watermark yet"),
        pytest.param(300, 200, False, 200, True, id="both are old"),
        pytest.param(10, 5, True, 10, True, id="a version is missing"),
    ],
)
def test_age_is_the_later_of_account_and_system_unless_a_version_is_missing(
    world: World,
    dsn: str,
    as_of: int,
    watermark: int | None,
    gap: bool,  # noqa: FBT001 (a case of the table)
    expected: int,
    stale: bool,  # noqa: FBT001 (a case of the table)
) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    user = world.person()
    world.account(user, as_of=now - timedelta(seconds=as_of), gap_since=now if gap else None)
    said = now - timedelta(seconds=watermark) if watermark is not None else None
    world.run("update accounts_system set watermark = %s where id = %s", said, MAIN)
    (body,) = asked(dsn, world.session(user), "/live/v1/overview")
    told = msgspec.json.decode(body, type=Overview)
    assert told.account is not None
    assert told.account.as_of == told.accounts[0].as_of == now - timedelta(seconds=expected)
    assert told.account.stale is told.accounts[0].stale is stale


@WAYS
def test_operations_are_paged_without_gap_or_repeat(world: World, dsn: str, way: dict[str, str]) -> None:
    user = world.person()
    session, account = world.session(user), world.account(user)
    for number in range(7):
        world.post(account, number + 1, notify=False)

    async def scenario() -> list[Page]:
        pages: list[Page] = []
        async with live_running(dsn) as client:
            before = ""
            while True:
                path = f"/live/v1/operations?account={account}&limit=3{before}"
                answer = await client.get(path, session, **way)
                pages.append(msgspec.json.decode(answer.body, type=Page))
                if pages[-1].next is None:
                    return pages
                before = f"&before={pages[-1].next}"

    pages = asyncio.run(scenario())
    assert [[operation.position for operation in page.operations] for page in pages] == [[7, 6, 5], [4, 3, 2], [1]]
    assert [page.next for page in pages] == [5, 2, None]


def test_operations_are_filtered_by_kind_and_by_days_of_the_companys_calendar(world: World, dsn: str) -> None:
    user = world.person()
    session, account = world.session(user), world.account(user)
    # 21:00 UTC is midnight in Moscow: the first of these is still of the 31st there, the second of the 1st.
    for moment in ("2026-10-31T20:59:59Z", "2026-10-31T21:00:00Z", "2026-11-01T20:59:59Z", "2026-11-01T21:00:00Z"):
        world.post(account, 100, posted_at=moment)
    world.post(account, -50, kind="payment", posted_at="2026-11-01T12:00:00Z", channel="card")
    base = f"/live/v1/operations?account={account}"
    bodies = asked(
        dsn,
        session,
        f"{base}&from=2026-11-01&to=2026-11-01",
        f"{base}&to=2026-10-31",
        f"{base}&kind=payment",
        f"{base}&kind=refund",
        f"{base}&before=99999",
    )
    positions = [[o.position for o in msgspec.json.decode(body, type=Page).operations] for body in bodies]
    assert positions == [[5, 3, 2], [1], [5], [], [5, 4, 3, 2, 1]]


def test_one_call_looks_at_a_bounded_part_and_says_where_to_go_on(world: World, dsn: str) -> None:
    user = world.person()
    session, account = world.session(user), world.account(user)
    world.post(account, -50, kind="payment")
    world.run(
        "insert into accounts_operation (account_id, position, epoch, version, key, kind, amount, balance, posted_at)"
        " select %s, n, 1, n, 'k-' || n, 'charge', 1, n, now() from generate_series(2, 1500) n",
        account,
    )
    world.run("update accounts_account set position = 1500 where id = %s", account)
    first, second = asked(
        dsn,
        session,
        f"/live/v1/operations?account={account}&kind=payment",
        f"/live/v1/operations?account={account}&kind=payment&before=501",
    )
    assert msgspec.json.decode(first, type=Page) == Page(operations=[], next=501)
    page = msgspec.json.decode(second, type=Page)
    assert [operation.position for operation in page.operations] == [1]
    assert page.next is None


@WAYS
def test_year_adds_up_to_the_change_of_the_balance(world: World, dsn: str, way: dict[str, str]) -> None:
    user = world.person()
    session, account = world.session(user), world.account(user)
    for amount, kind in ((10000, "charge"), (-2500, "credit"), (-4000, "payment"), (500, "refund"), (7, "correction")):
        world.post(account, amount, kind=kind)
    world.post(account, 999, posted_at=ago(days=500))
    (body,) = asked(dsn, session, f"/live/v1/year?account={account}", **way)
    months = msgspec.json.decode(body, type=Year).months
    assert len(months) == 12
    assert [month.month for month in months] == sorted(month.month for month in months)
    assert (months[-1].charged, months[-1].paid) == ("75.07", "35.00")
    assert {(month.charged, month.paid) for month in months[:-1]} == {("0.00", "0.00")}


@WAYS
@pytest.mark.parametrize("path", ["overview", "operations", "year"])
def test_foreign_and_unknown_accounts_are_refused_alike_and_signalled(
    world: World, dsn: str, path: str, way: dict[str, str]
) -> None:
    anna, boris = world.person(), world.person()
    session = world.session(anna)
    world.account(anna)
    foreign = world.account(boris)
    ended = world.account(anna, until=ago(seconds=1))
    payer = world.account()
    world.allow(anna, payer, right="pay")

    async def scenario() -> list[tuple[int, bytes]]:
        async with live_running(dsn) as client:
            answers = [
                await client.get(f"/live/v1/{path}?account={account}", session, **way)
                for account in (foreign, UNKNOWN, ended, payer, "not-a-uuid")
            ]
            return [(answer.code, answer.body) for answer in answers]

    answers = asyncio.run(scenario())
    assert len(set(answers)) == 1
    assert answers[0][0] == 404
    assert msgspec.json.decode(answers[0][1], type=ProblemShape).code == "not-found"
    signals = world.signals(anna)
    assert [signal[:2] for signal in signals] == [("live", "authz_fail")] * 4
    assert {signal[2]["account"] for signal in signals} == {foreign, UNKNOWN, ended, payer}


@WAYS
def test_session_that_may_not_read_is_refused(world: World, dsn: str, way: dict[str, str]) -> None:
    user = world.person()
    account = world.account(user)
    sessions = {
        "one factor": world.session(user, factors=1),
        "expired": world.session(user, expires_at=ago(seconds=1)),
        "idle too long": world.session(user, idle_until=ago(seconds=1)),
        "ended": world.session(user, ended_at=ago(seconds=1)),
    }

    async def scenario() -> set[tuple[int, bytes]]:
        async with live_running(dsn) as client:
            path = f"/live/v1/overview?account={account}"
            answers = [await client.get(path, session, **way) for session in sessions.values()]
            answers.append(await client.get(path, **way))
            answers.append(await client.get(path, cookie="__Host-okno=short", **way))
            return {(answer.code, answer.body) for answer in answers}

    answers = asyncio.run(scenario())
    assert len(answers) == 1
    code, body = answers.pop()
    assert code == 401
    assert msgspec.json.decode(body, type=ProblemShape).code == "no-session"


@WAYS
def test_refusal_is_a_problem_in_the_readers_language_and_no_answer_is_stored(
    world: World, dsn: str, way: dict[str, str]
) -> None:
    user = world.person()
    session = world.session(user)
    world.account(user)

    async def scenario() -> None:
        async with live_running(dsn) as client:
            for path, code in (("overview", 200), ("overview?x=1", 400), ("year?account=1", 404)):
                answer = await client.get(f"/live/v1/{path}", session, Accept_Language="en", **way)
                assert answer.code == code
                assert answer.headers["Cache-Control"] == "no-store"
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
                assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
                assert answer.headers["Server"] == "okno"
                assert "Date" in answer.headers
                assert "Etag" not in answer.headers
                if code == 200:
                    assert answer.headers["Content-Type"] == "application/json"
                    continue
                assert answer.headers["Content-Type"] == "application/problem+json"
                assert answer.headers["Content-Language"] == "en"
                problem = msgspec.json.decode(answer.body, type=ProblemShape)
                assert problem.status == code
                assert problem.instance == f"/live/v1/{path}".split("?", maxsplit=1)[0]
                assert problem.title.isascii()

    asyncio.run(scenario())


async def alive(client: Client) -> list[tuple[int, bytes]]:
    answers = [
        await client.get("/live/v1/nothing"),
        await client.get("/-/live"),
        await client.get("/-/ready"),
        await client.get("/live/v1/overview", method="DELETE"),
    ]
    return [(answer.code, answer.body) for answer in answers]


def test_health_is_told_and_other_paths_and_methods_are_refused(dsn: str) -> None:
    async def scenario() -> None:
        async with live_running(dsn) as client:
            (nothing, body), live, ready, (method, told) = await alive(client)
            assert (nothing, live, ready, method) == (404, (204, b""), (204, b""), 405)
            assert msgspec.json.decode(body, type=ProblemShape).code == "not-found"
            assert msgspec.json.decode(told, type=ProblemShape).code == "method-not-allowed"

    asyncio.run(scenario())


def test_figures_count_reads_batches_and_waits(world: World, dsn: str) -> None:
    user = world.person()
    session = world.session(user)
    world.account(user)

    async def scenario() -> str:
        async with live_running(dsn) as client:
            await asyncio.gather(*(client.json("/live/v1/overview", session) for _ in range(10)))
            return (await client.get("/-/metrics")).body.decode()

    figures = dict(line.rsplit(" ", 1) for line in asyncio.run(scenario()).splitlines())
    assert figures["okno_live_reads_total"] == "10"
    assert 1 <= int(figures["okno_live_batches_total"]) <= 10
    assert figures['okno_live_batch_keys_bucket{le="+Inf"}'] == figures["okno_live_batches_total"]
    assert figures["okno_live_wait_ms_count"] == figures["okno_live_batches_total"]
    assert figures["okno_live_hearing"] == "1"
    assert figures["okno_live_streams"] == "0"
