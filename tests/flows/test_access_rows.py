"""Row-level security as the database itself holds it, whatever the code above asks."""

import re
from uuid import UUID

import psycopg
import pytest
from factories.django_ready import DatabaseError, connections
from factories.portal import Database, Portal

from okno.cabinet.accounts.services.access import access_grant
from okno.cabinet.kit import rls
from okno.cabinet.kit.statements import rows

# Tables with no person in them, or which the process can only write to.
PEOPLELESS = {
    *("kit_inbox", "kit_audit", "kit_audit_head", "kit_signal", "kit_job", "kit_bucket", "notices_message"),
    *("desk_staff_link", "desk_presence", "desk_factor", "desk_key"),
    *("accounts_sync", "accounts_sync_question", "accounts_sync_difference", "payments_way"),
}
DJANGOS = re.compile(r"auth_|django_")
PERSONAL = {
    "identity_user": "id",
    "identity_session": "user_id",
    "identity_challenge": "user_id",
    "accounts_access": "user_id",
    "accounts_grant": "user_id",
    "kit_subject_key": "subject",
}


@pytest.fixture
def two(portal: Portal) -> tuple[UUID, UUID]:
    """Two people, each with a session, a code, a name, a grant and a request of their own."""
    people = []
    for number in (1, 2):
        person = portal.person(login=f"person {number}", phone=f"+7900111000{number}", name=f"Человек {number}")
        account = portal.account()
        access_grant(person, portal.grant_token(person, account))
        portal.signed_in(f"person {number}").send("POST", f"/api/accounts/{account}/refresh")
        people.append(person)
    return people[0], people[1]


def web(database: Database) -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(database.dsn("web"))


def act(connection: "psycopg.Connection[tuple[object, ...]]", user: UUID | str) -> None:
    connection.execute("SELECT set_config('app.user', %s, true)", [str(user)])


def test_rows_every_table_of_people_is_guarded(portal: Portal) -> None:
    found = portal.peek(
        "SELECT relname, relrowsecurity AND relforcerowsecurity FROM pg_class"
        " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
    open_tables = {name for name, guarded in found if not guarded and not DJANGOS.match(str(name))}
    assert open_tables == PEOPLELESS
    roles = portal.peek(
        "SELECT rolname FROM pg_roles WHERE rolname LIKE 'okno%%' AND (rolsuper OR rolbypassrls) AND rolname <> 'okno'"
    )
    assert roles == []
    assert portal.peek("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'") == [("okno_owner",)]


def test_rows_without_context_there_are_none(portal: Portal, two: tuple[UUID, UUID]) -> None:
    with web(portal.database) as connection:
        for context in ("", None):
            if context is not None:
                act(connection, context)
            for table in (*PERSONAL, "kit_outbox", "accounts_account", "accounts_registration"):
                counted = connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608
                assert (table, counted) == (table, (0,))


def test_rows_of_another_are_neither_seen_nor_changed(portal: Portal, two: tuple[UUID, UUID]) -> None:
    anna, boris = two
    with web(portal.database) as connection:
        act(connection, anna)
        for table, column in PERSONAL.items():
            seen = connection.execute(f"SELECT DISTINCT {column} FROM {table}").fetchall()  # noqa: S608
            assert (table, seen) == (table, [(anna,)])
        assert connection.execute("SELECT DISTINCT authid FROM kit_outbox").fetchall() == [(str(anna),)]
        assert len(connection.execute("SELECT id FROM accounts_account").fetchall()) == 1
        for table in ("identity_user", "identity_session", "identity_challenge", "accounts_grant", "accounts_access"):
            column = PERSONAL[table]
            done = connection.execute(f"UPDATE {table} SET {column} = {column} WHERE {column} = %s", [boris])  # noqa: S608
            assert (table, done.rowcount) == (table, 0)


OUTBOX = (
    "INSERT INTO kit_outbox (id, type, kind, system, subject, data, authtype, authid, idempotency_key)"
    " VALUES (gen_random_uuid(), 't', 'query', 'main', 's', '', '{}', %s, 'k')"
)
ACCESS = (
    'INSERT INTO accounts_access (user_id, account_id, "right", grant_id, until)'
    " VALUES (%s, gen_random_uuid(), 'view', gen_random_uuid(), now() + interval '1 day')"
)
FORBIDDEN = [
    ACCESS,
    "UPDATE accounts_access SET user_id = %s",
    "UPDATE identity_session SET user_id = %s",
    OUTBOX.format("app_user"),
    OUTBOX.format("service"),
    "INSERT INTO kit_subject_key (subject, kek_version, wrapped) VALUES (%s, 1, '')",
    "SELECT position FROM accounts_operation WHERE account_id = %s",
    "SELECT id FROM notices_message WHERE id = %s",
    "SELECT seq FROM kit_audit WHERE subject = %s",
    "SELECT seq FROM kit_signal WHERE user_id = %s",
    "DELETE FROM identity_user WHERE id = %s",
    "SELECT username FROM auth_user WHERE username = %s",
]


def test_rows_the_web_may_not_write_for_another_or_read_what_is_not_its(portal: Portal, two: tuple[UUID, UUID]) -> None:
    anna, boris = two
    for statement in FORBIDDEN:
        with web(portal.database) as connection:
            act(connection, anna)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement, [str(boris)])


def test_rows_a_role_cannot_switch_its_policies_off(portal: Portal, two: tuple[UUID, UUID]) -> None:
    for role in ("web", "owner"):
        with psycopg.connect(portal.database.dsn(role)) as connection:
            connection.execute("SET LOCAL row_security = off")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("SELECT count(*) FROM identity_user")


def test_rows_before_sign_in_only_the_named_one(portal: Portal, two: tuple[UUID, UUID]) -> None:
    [(session, token)] = portal.peek(
        "SELECT id, encode(token_hash, 'hex') FROM identity_session WHERE user_id = %s", two[1]
    )
    with web(portal.database) as connection:
        connection.execute(
            "SELECT set_config('app.login', 'person1', true), set_config('app.session', %s, true)", [token]
        )
        assert connection.execute("SELECT id FROM identity_user").fetchall() == [(two[0],)]
        assert connection.execute("SELECT id FROM identity_session").fetchall() == [(session,)]
        assert connection.execute("UPDATE identity_session SET factors = 2").rowcount == 0
        assert connection.execute("SELECT count(*) FROM accounts_access").fetchone() == (0,)


def test_rows_context_ends_with_its_transaction_even_after_a_crash(portal: Portal, two: tuple[UUID, UUID]) -> None:
    with pytest.raises(DatabaseError), rls.acting(two[0]):
        rows("SELECT 1 / (SELECT count(*) - 1 FROM identity_user)")
    assert rows("SELECT id FROM identity_user") == []
    with rls.acting(two[1]):
        assert rows("SELECT id FROM identity_user") == [(two[1],)]
    assert rows("SELECT current_setting('app.user', true)") == [("",)]


def test_rows_context_cannot_be_nested(portal: Portal, two: tuple[UUID, UUID]) -> None:
    with rls.acting(two[0]), pytest.raises(RuntimeError), rls.acting(two[1]):
        pass
    assert not connections["default"].in_atomic_block


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        ("okno_live", set()),
        ("okno_sender", {"kit_bucket", "notices_message"}),
        (
            "okno_reader",
            {"accounts_access", "accounts_account", "accounts_operation", "accounts_system", "identity_session"},
        ),
        ("okno_relay", {"accounts_system", "kit_inbox", "kit_outbox", "kit_signal"}),
    ],
)
def test_rows_each_role_reads_only_its_tables(portal: Portal, role: str, allowed: set[str]) -> None:
    readable = portal.peek(
        "SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        " AND has_any_column_privilege(%s, oid, 'SELECT')",
        role,
    )
    assert {name for (name,) in readable} == allowed


def test_rows_the_desk_reads_no_secret_column(portal: Portal) -> None:
    secret = {
        "identity_session": ["token_hash", "address"],
        "identity_user": ["password", "phone_sealed", "phone_key", "name_sealed"],
        "notices_message": ["to_sealed", "body_sealed", "carrier_id"],
        "kit_outbox": ["data", "grant_token", "subject", "authid", "outcome"],
        "kit_job": ["payload"],
    }
    for table, columns in secret.items():
        for column in columns:
            readable = portal.peek("SELECT has_column_privilege('okno_desk', %s, %s, 'SELECT')", table, column)
            assert (table, column, readable) == (table, column, [(False,)])
    assert portal.peek("SELECT has_table_privilege('okno_desk', 'accounts_grant', 'SELECT')") == [(False,)]
