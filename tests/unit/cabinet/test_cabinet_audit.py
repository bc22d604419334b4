"""The audit chain: nobody changes it unseen, and the verifier names the first broken row."""

import psycopg
import pytest
from factories.portal import Database, Portal, at_once

from okno.cabinet.kit.audit import audit_verify, audit_write


@pytest.fixture
def chain(portal: Portal) -> Portal:
    for number in range(6):
        audit_write(actor="user:1", action="thing.done", subject=f"thing:{number}", detail={"n": number, "b": None})
    return portal


def forge(database: Database, sql: str) -> None:
    """What only somebody with the superuser's rights could do."""
    with psycopg.connect(database.superuser_dsn(), autocommit=True) as connection:
        connection.execute("ALTER TABLE kit_audit DISABLE TRIGGER ALL")
        connection.execute(sql)
        connection.execute("ALTER TABLE kit_audit ENABLE TRIGGER ALL")


def test_audit_chain_of_nothing_and_of_something_is_whole(portal: Portal) -> None:
    assert audit_verify(using="desk") is None
    audit_write(actor="a", action="b", subject="c")
    assert audit_verify(using="desk") is None
    assert portal.peek("SELECT seq, actor, action, subject, detail FROM kit_audit") == [(1, "a", "b", "c", {})]


def test_audit_chain_is_numbered_without_gaps_under_concurrency(portal: Portal) -> None:
    at_once(20, lambda number: audit_write(actor="user:1", action="race", subject=str(number)))
    assert [row[0] for row in portal.peek("SELECT seq FROM kit_audit ORDER BY seq")] == list(range(1, 21))
    assert audit_verify(using="desk") is None


@pytest.mark.parametrize(
    ("forgery", "first"),
    [
        ("UPDATE kit_audit SET actor = 'user:2' WHERE seq = 3", 3),
        ("UPDATE kit_audit SET detail = '{\"n\": 9}' WHERE seq = 4", 4),
        ("UPDATE kit_audit SET at = at - interval '1 day' WHERE seq = 2", 2),
        ("DELETE FROM kit_audit WHERE seq = 3", 4),
        ("DELETE FROM kit_audit WHERE seq > 4", 6),
        ("DELETE FROM kit_audit", 6),
        (
            """INSERT INTO kit_audit SELECT 7, at, actor, action, subject, detail, prev_hash, hash
            FROM kit_audit WHERE seq = 6""",
            6,
        ),
        ("UPDATE kit_audit SET seq = CASE seq WHEN 2 THEN 103 ELSE 102 END WHERE seq IN (2, 3)", 4),
    ],
)
def test_audit_forgery_is_found_at_its_first_row(chain: Portal, forgery: str, first: int) -> None:
    forge(chain.database, forgery)
    assert audit_verify(using="desk") == first


def test_audit_is_append_only_for_everybody(chain: Portal) -> None:
    for role in ("web", "desk", "worker", "owner"):
        for statement in ("UPDATE kit_audit SET actor = 'x'", "DELETE FROM kit_audit", "TRUNCATE kit_audit"):
            with (
                psycopg.connect(chain.database.dsn(role)) as connection,
                pytest.raises(psycopg.errors.InsufficientPrivilege),
            ):
                connection.execute(statement)
    with (
        psycopg.connect(chain.database.superuser_dsn()) as connection,
        pytest.raises(psycopg.Error, match="append-only"),
    ):
        connection.execute("DELETE FROM kit_audit")
    assert chain.peek("SELECT count(*) FROM kit_audit") == [(6,)]


def test_audit_ignores_number_time_and_hash_that_a_writer_claims(chain: Portal) -> None:
    with psycopg.connect(chain.database.dsn("web")) as connection:
        connection.execute(
            "INSERT INTO kit_audit (seq, at, actor, action, subject, detail, prev_hash, hash)"
            " VALUES (99, '2001-01-01', 'a', 'b', 'c', '{}', 'x', 'x')"
        )
    assert chain.peek("SELECT seq, at > now() - interval '1 hour' FROM kit_audit WHERE actor = 'a'") == [(7, True)]
    assert audit_verify(using="desk") is None
