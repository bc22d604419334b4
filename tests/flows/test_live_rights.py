"""What the role of live may do: call the functions of schema `live`, and nothing else (security.md §12, test e)."""

import uuid
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from factories.live_world import World, ago, world_shared
from psycopg import sql

from okno.live.edge.store import database

SIZES = (1, 2, 16, 32)
STATEMENTS = (
    "select * from {}",
    "select count(*) from {}",
    "insert into {} default values",
    "update {} set {column} = {column}",
    "delete from {}",
    "truncate {}",
    "copy {} to stdout",
    "lock table {} in access share mode",
)


@pytest.fixture(scope="module")
def shared(postgres: Any, cabinet_template: str) -> Iterator[tuple[World, str]]:  # noqa: ANN401 (the conftest's own class)
    with world_shared(postgres, cabinet_template) as made:
        yield made


@pytest.fixture
def world(shared: tuple[World, str]) -> World:
    return shared[0]


@pytest.fixture
def live(shared: tuple[World, str]) -> Iterator[psycopg.Connection[Any]]:
    """A connection as okno_live."""
    with psycopg.connect(shared[1], autocommit=True) as connection:
        yield connection


def test_every_statement_on_every_table_and_view_is_denied(world: World, live: psycopg.Connection[Any]) -> None:
    relations = world.run(
        "select n.nspname, c.relname, (select a.attname from pg_attribute a where a.attrelid = c.oid and a.attnum = 1)"
        " from pg_class c join pg_namespace n on n.oid = c.relnamespace"
        " where c.relkind in ('r', 'p', 'v', 'm') and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')"
    )
    assert len(relations) > 20
    for schema, name, column in relations:
        for text in STATEMENTS:
            if schema == "live" and text.startswith(("truncate", "insert", "update", "delete")):
                continue
            statement = sql.SQL(text).format(sql.Identifier(schema, name), column=sql.Identifier(column))  # type: ignore[arg-type]
            with pytest.raises(psycopg.errors.InsufficientPrivilege), live.transaction():
                live.execute(statement)


def test_role_owns_nothing_creates_nothing_and_is_in_no_role(world: World, live: psycopg.Connection[Any]) -> None:
    assert world.run(
        "select rolsuper, rolcreatedb, rolcreaterole, rolbypassrls, rolreplication from pg_roles"
        " where rolname = 'okno_live'"
    ) == [(False, False, False, False, False)]
    assert world.run("select 1 from pg_auth_members where member = 'okno_live'::regrole") == []
    assert world.run("select 1 from pg_shdepend where refobjid = 'okno_live'::regrole and deptype = 'o'") == []
    for text in ("create table public.own (n int)", "create table live.own (n int)", "create schema own"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            live.execute(text)  # type: ignore[arg-type]


def test_every_function_it_may_call_is_a_definer_with_pinned_path_and_hashes_first(world: World) -> None:
    callable_ = world.run(
        "select p.proname, p.prosecdef, p.proargtypes[0]::regtype::text, p.proconfig, p.proowner::regrole::text,"
        " p.proargnames[1] from pg_proc p join pg_namespace n on n.oid = p.pronamespace"
        " where n.nspname not in ('pg_catalog', 'information_schema')"
        " and has_function_privilege('okno_live', p.oid, 'execute')"
        " and has_schema_privilege('okno_live', n.oid, 'usage')"
    )
    names = {"overview_v1", "operations_v1", "year_v1", "changes_v1", "subscription_v1", "freshness_v1", "signal_v1"}
    assert {row[0] for row in callable_} == names
    for name, definer, first, settings, owner, argument in callable_:
        assert (definer, first, owner, argument) == (True, "bytea[]", "okno_reader", "hashes"), name
        assert "search_path=pg_catalog, pg_temp" in settings, name
    assert world.run("select rolcanlogin, rolbypassrls, rolsuper from pg_roles where rolname = 'okno_reader'") == [
        (False, False, False)
    ]


def test_what_may_be_asked_again_changes_nothing(world: World) -> None:
    stable = world.run(
        "select p.proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace"
        " where n.nspname = 'live' and p.provolatile in ('s', 'i')"
        " and has_function_privilege('okno_live', p.oid, 'execute')"
    )
    assert {statement.name for statement in database.CALLS if statement.reads} == {name for (name,) in stable}
    assert [statement.name for statement in database.CALLS if not statement.reads] == ["signal_v1"]


def test_names_of_functions_cannot_be_captured_by_temporary_objects(
    world: World, live: psycopg.Connection[Any]
) -> None:
    session = world.session(world.person())
    try:
        live.execute("create temporary table accounts_account (id uuid)")
        live.execute("create function pg_temp.now() returns timestamptz language sql as $$ select 'infinity' $$")
    except psycopg.errors.InsufficientPrivilege:
        # Where PUBLIC may not create temporary objects there is nothing to capture with.
        assert world.run("select has_database_privilege('okno_live', current_database(), 'temp')") == [(False,)]
    rows = live.execute("select verdict from live.overview_v1(%s, %s)", ([session.hash], [None])).fetchall()
    assert rows == [("ok",)]


CALLS = {
    "overview_v1": ("select * from live.overview_v1(%s, %s)", lambda n, account: [[account] * n]),
    "operations_v1": (
        "select * from live.operations_v1(%s, %s, %s, %s, %s, %s::date[], %s::date[], 'UTC')",
        lambda n, account: [[account] * n, [None] * n, [50] * n, [None] * n, [None] * n, [None] * n],
    ),
    "year_v1": ("select * from live.year_v1(%s, %s, 'UTC')", lambda n, account: [[account] * n]),
    "changes_v1": ("select * from live.changes_v1(%s, %s, %s)", lambda n, account: [[account] * n, [0] * n]),
    "subscription_v1": ("select * from live.subscription_v1(%s)", lambda _n, _account: []),
    "freshness_v1": ("select * from live.freshness_v1(%s)", lambda _n, _account: []),
}


@pytest.mark.parametrize("name", CALLS)
def test_sessions_that_may_not_read_get_a_verdict_and_no_body(
    world: World, live: psycopg.Connection[Any], name: str
) -> None:
    user = world.person()
    account = world.account(user)
    refused = [
        world.session(user, factors=1).hash,
        world.session(user, expires_at=ago(seconds=1)).hash,
        world.session(user, idle_until=ago(seconds=1)).hash,
        world.session(user, ended_at=ago(seconds=1)).hash,
        b"u" * 32,
        b"",
    ]
    text, arguments = CALLS[name]
    rows = live.execute(text, [refused, *arguments(len(refused), account)]).fetchall()  # type: ignore[arg-type]
    assert sorted(row[0] for row in rows) == list(range(1, len(refused) + 1))
    assert {(row[2], row[3]) for row in rows} == {("no-session", None)}
    for row in rows:
        assert bytes(row[1]) == refused[row[0] - 1]


@pytest.mark.parametrize("name", CALLS)
def test_plans_at_every_batch_size_read_by_index_alone(world: World, shared: tuple[World, str], name: str) -> None:
    user = world.person()
    session, account = world.session(user), world.account(user)
    if not world.run("select 1 from accounts_operation where key = 'plan-1'"):
        _crowd(world)
    text, arguments = CALLS[name]
    with psycopg.connect(world.dsn, autocommit=True) as superuser:
        superuser.execute("load 'auto_explain'")
        superuser.execute("set auto_explain.log_min_duration = 0")
        superuser.execute("set auto_explain.log_nested_statements = on")
        superuser.execute("set client_min_messages = log")
        told: list[str] = []
        superuser.add_notice_handler(lambda notice: told.append(notice.message_primary or ""))
        for size in SIZES:
            told.clear()
            superuser.execute(text, [[session.hash] * size, *arguments(size, account)])  # type: ignore[arg-type]
            inner = next(plan for plan in told if "from unnest(hashes" in plan)
            tree = inner[inner.index("Nested Loop") :] if "Nested Loop" in inner else inner
            for table in ("identity_session", "accounts_access", "accounts_account", "accounts_operation"):
                assert f"Seq Scan on {table}" not in tree, tree
            assert "identity_session_pkey" in tree, tree
    assert shared[1]


def _crowd(world: World) -> None:
    """Enough rows that a scan would be dearer than an index."""
    world.run(
        "with u as (insert into identity_user (id, login, password, phone_sealed, phone_mask)"
        " select gen_random_uuid(), 'plan-' || n, '!', '', '' from generate_series(1, 3000) n returning id),"
        " s as (insert into identity_session (token_hash, id, user_id, factors, expires_at, idle_until)"
        " select sha256(id::text::bytea), gen_random_uuid(), id, 2, 'infinity', 'infinity' from u),"
        " a as (insert into accounts_account (id, system_id, tail, currency, balance, status, epoch, version, position,"
        " as_of) select id, 'main', '1234', 'RUB', 0, 'active', 1, 20, 20, now() from u),"
        ' x as (insert into accounts_access (user_id, account_id, "right", grant_id, until)'
        " select id, id, 'view', id, 'infinity' from u)"
        " insert into accounts_operation (account_id, position, epoch, version, key, kind, amount, balance, posted_at)"
        " select id, n, 1, n, 'plan-' || n, 'charge', 1, n, now() from u, generate_series(1, 20) n"
    )
    world.run("analyze")


def test_signal_is_written_about_the_session_and_cannot_be_read_back(
    world: World, live: psycopg.Connection[Any]
) -> None:
    user = world.person()
    session = world.session(user, ended_at=ago(seconds=1))
    names = ["authz_fail", "of no vocabulary", "sys_crash"]
    details = ['{"account": "x"}', "{}", "7" * 2001]
    rows = live.execute("select * from live.signal_v1(%s, %s, %s)", ([session.hash] * 3, names, details)).fetchall()
    assert [row[2] for row in rows] == ["ok"] * 3
    assert world.signals(user) == [("live", "authz_fail", {"account": "x"}), ("live", "sys_crash", {})]
    unknown = uuid.uuid4().hex
    live.execute("select * from live.signal_v1(%s, %s, %s)", ([b"u" * 32], ["sys_crash"], [f'{{"id": "{unknown}"}}']))
    assert world.run("select session_id, user_id from kit_signal where detail->>'id' = %s", unknown) == [(None, None)]
