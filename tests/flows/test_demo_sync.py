"""`okno sync` on a running street: what the book holds comes into the cabinet through the gateway, and is compared."""

import contextlib
import os
import pty
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest
from factories.street import OKNO, Demo, gone_within
from typer.testing import CliRunner

from okno.cli.commands import sync as sync_command
from okno.cli.instance.reach import Reach, reach_of
from okno.connectors.book import crowd

pytestmark = pytest.mark.timeout(900)
CUSTOMERS, OPERATIONS = 6_000, 120_000
"""A hundredth of what a large company has."""
SEED = 11
PATIENCE_S = 240
BOOK = (
    "SELECT a.id, a.balance, count(e.id) FROM book.account a LEFT JOIN book.entry e ON e.account = a.id GROUP BY a.id"
)
CABINET = "SELECT a.id, a.balance, a.position FROM accounts_account a"


@pytest.fixture(scope="module")
def street(short_directory: Path) -> Iterator[Demo]:
    demo = Demo.start(short_directory / "s", "sync")
    crowd.load(reach_of(demo.directory).book, CUSTOMERS, SEED)
    yield demo
    assert demo.stop() == 0


@pytest.fixture(scope="module")
def reach(street: Demo) -> Reach:
    return reach_of(street.directory)


def sync(street: Demo, *arguments: str) -> tuple[int, dict[str, Any]]:
    done = street.okno("sync", *arguments, "--dir", str(street.directory), "--json")
    assert done.stdout, done.stderr
    return done.returncode, msgspec.json.decode(done.stdout)


def fetch(dsn: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(dsn) as connection:
        return sorted(connection.execute(query.encode()).fetchall())


def standing(reach: Reach) -> tuple[str, str, int, int, int]:
    """Run, state, accounts, expected and read operations of the latest run."""
    query = b"SELECT id::text, state, accounts, expected, operations FROM accounts_sync ORDER BY started_at DESC"
    with psycopg.connect(reach.projector) as connection:
        return connection.execute(query).fetchone() or ("", "", 0, 0, 0)


def killed_under_way(street: Demo, reach: Reach, above: int) -> tuple[str, int]:
    """Load until so many operations have come, then kill the command and the street; the run, and how far it was."""
    command = subprocess.Popen(
        [*OKNO, "sync", "--dir", str(street.directory), "--json"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + PATIENCE_S
    while (seen := standing(reach))[4] <= above:
        assert time.monotonic() < deadline, seen
        assert command.poll() is None, seen
        time.sleep(0.01)
    command.kill()
    street.kill()
    assert command.wait() == -signal.SIGKILL
    assert gone_within(str(street.directory), PATIENCE_S)
    street.again()
    return seen[0], seen[4]


def watched(street: Demo) -> tuple[int, str]:
    """`okno sync` as a person runs it, on a terminal; its status, and all that it has shown."""
    above, below = pty.openpty()
    command = subprocess.Popen(
        [*OKNO, "sync", "--dir", str(street.directory)],
        stdout=below,
        stderr=below,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "120"},
    )
    os.close(below)
    shown = b""
    # A terminal that nobody writes to any more ends with an error.
    with contextlib.suppress(OSError):
        while chunk := os.read(above, 65_536):
            shown += chunk
    os.close(above)
    return command.wait(), shown.decode()


def test_a_first_load_that_is_killed_twice_goes_on_with_progress_and_eta(street: Demo, reach: Reach) -> None:
    first, far = killed_under_way(street, reach, above=0)
    second, _ = killed_under_way(street, reach, above=far)
    status, shown = watched(street)

    assert (status, first, standing(reach)[:2]) == (0, second, (first, "done"))
    assert len(fetch(reach.projector, "SELECT id FROM accounts_sync")) == 1
    total = len(fetch(reach.book, "SELECT id FROM book.entry"))
    assert re.search(rf"operations.*{total}/{total}", shown)
    # While it is on its way: so many of so many, and how long it will take.
    assert re.search(r"operations[^\r\n]*\d+/\d+[^\r\n]*\d:\d\d:\d\d", shown)
    assert f"{total}" in shown.splitlines()[-1]
    assert fetch(reach.projector, CABINET) == fetch(reach.book, BOOK)


def test_everything_in_the_book_is_loaded_and_found_equal(street: Demo, reach: Reach) -> None:
    status, said = sync(street)
    assert status == 0
    assert said["operations"] >= OPERATIONS
    assert fetch(reach.projector, CABINET) == fetch(reach.book, BOOK)
    status, said = sync(street, "verify")
    assert (status, said["differences"]) == (0, [])
    assert said["accounts"] == len(fetch(reach.book, BOOK))


def test_bars_that_stand_still_are_explained_once(street: Demo, reach: Reach, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sync_command, "LOOK_S", 0.2)
    monkeypatch.setattr(sync_command, "SILENT_S", 1.0)
    os.kill(street.process.pid, signal.SIGSTOP)
    awake = threading.Timer(4, os.kill, [street.process.pid, signal.SIGCONT])
    awake.start()
    said = CliRunner().invoke(sync_command.app, ["--dir", str(street.directory), "--json"])
    awake.join()
    assert said.exit_code == 0, said.output
    assert " ".join(said.stderr.split()) == sync_command.SILENT
    assert standing(reach)[1] == "done"


def test_a_planted_difference_is_named_and_the_status_tells(street: Demo, reach: Reach) -> None:
    account = crowd.account_id(SEED, 17)
    with psycopg.connect(reach.projector) as connection:
        connection.execute(
            "UPDATE accounts_operation SET amount = amount + 1 WHERE account_id = %s AND version = 3", [account]
        )
    status, said = sync(street, "verify")
    assert status == 1
    assert [(one["account"], one["kind"]) for one in said["differences"]] == [(account, "operation-differs")]
    for_people = street.okno("sync", "verify", "--dir", str(street.directory))
    assert "1 difference\n" in for_people.stdout
    assert account in for_people.stdout


def test_without_an_instance_or_with_another_run_it_says_what_to_do(street: Demo, reach: Reach, tmp_path: Path) -> None:
    nowhere = street.okno("sync", "--dir", str(tmp_path))
    assert (nowhere.returncode, "start `okno demo`" in nowhere.stderr) == (1, True)
    with psycopg.connect(reach.projector, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO accounts_sync (id, system, kind, phase, started_at, moved_at)"
            " VALUES (gen_random_uuid(), 'main', 'verify', 'accounts', now(), now())"
        )
        busy = street.okno("sync", "--dir", str(street.directory))
        connection.execute("UPDATE accounts_sync SET state = 'failed', code = 'given-up' WHERE state = 'running'")
    assert busy.returncode == 1
    assert "a verify of main is under way" in busy.stderr


@pytest.mark.parametrize("verb", [(), ("verify",)], ids=["load", "verify"])
def test_an_accounting_that_nobody_speaks_for_is_refused_at_once(street: Demo, reach: Reach, verb: list[str]) -> None:
    begun = standing(reach)
    refused = street.okno("sync", *verb, "--dir", str(street.directory), "--system", "other")
    assert (refused.returncode, refused.stderr) == (1, "there is no accounting other here: say --system main\n")
    assert standing(reach) == begun


def test_an_option_before_the_verb_is_not_passed_over(street: Demo) -> None:
    said = street.okno("sync", "--dir", str(street.directory), "verify")
    assert (said.returncode, said.stderr) == (2, "say the options after `verify`\n")


def test_a_key_list_that_is_not_believed_or_is_gone_is_named(street: Demo) -> None:
    file = street.directory / "keys" / "keylist.jws"
    true = file.read_bytes()
    try:
        file.write_bytes(true.replace(b"a", b"b", 1))
        forged = street.okno("sync", "--dir", str(street.directory))
        file.unlink()
        missing = street.okno("sync", "--dir", str(street.directory))
    finally:
        file.write_bytes(true)
        file.chmod(0o600)
    assert forged.returncode == missing.returncode == 1
    assert "is refused (" in forged.stderr
    assert "okno doctor" in forged.stderr
    assert "no keys in" in missing.stderr
