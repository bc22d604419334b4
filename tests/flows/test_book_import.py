"""CSV: the whole file or nothing, every wrong line named, sent twice is sent once; and the command line around it."""

import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from factories.book_street import NUMBER, Book, Trust, customer_with_account, lock_awaited, rows
from typer.testing import CliRunner

from okno.cli.book import app
from okno.cli.files import toml_text
from okno.connectors.book.imports import ERRORS_MAX, ImportRefused, ImportReport, import_csv

SECOND = "40817810000000000002"
ACCOUNTS = f"""number,currency,contract,name,phone,born,address
{NUMBER},RUB,K-1,Лугова Вера Олеговна,+79000000002,1980-05-31,"ул. Луговая, д. 1"
{SECOND},,K-1,Лугова Вера Олеговна,,,
"""
OPERATIONS = f"""key,account,kind,amount,text,channel,posted_at,reverses
a-1,{NUMBER},charge,100.50,Вода,,2026-10-01T10:00:00+03:00,
a-2,{NUMBER},payment,100.50,,card,2026-10-05T10:00:00+03:00,
a-3,{SECOND},charge,7,,,,
a-4,{SECOND},correction,,Ошибка,,,a-3
"""
COUNTS = (
    "SELECT (SELECT count(*) FROM book.account), (SELECT count(*) FROM book.entry), (SELECT count(*) FROM store.outbox)"
)


@pytest.fixture
def book(dsn: str) -> Iterator[Book]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        yield connection


def sent(book: Book, text: str) -> ImportReport:
    return import_csv(book, io.StringIO(text, newline=""))


def refused(book: Book, text: str) -> list[tuple[int, str]]:
    with pytest.raises(ImportRefused) as refusal:
        sent(book, text)
    return refusal.value.lines


def test_accounts_and_operations_are_imported_once(dsn: str, book: Book) -> None:
    assert sent(book, ACCOUNTS) == ImportReport("accounts", 2, 0)
    assert sent(book, OPERATIONS) == ImportReport("operations", 4, 0)
    before = rows(dsn, COUNTS)

    assert sent(book, ACCOUNTS) == ImportReport("accounts", 0, 2)
    assert sent(book, OPERATIONS) == ImportReport("operations", 0, 4)

    assert rows(dsn, COUNTS) == before == [(2, 4, 6)]
    assert rows(dsn, "SELECT count(*) FROM book.customer") == [(1,)]
    assert rows(dsn, "SELECT key, amount, day::text FROM book.entry ORDER BY key")[:2] == [
        ("a-1", 10_050, "2026-10-01"),
        ("a-2", -10_050, "2026-10-05"),
    ]


def test_every_wrong_line_is_named_and_none_is_stored(dsn: str, book: Book) -> None:
    sent(book, ACCOUNTS)
    before = rows(dsn, COUNTS)
    text = (
        "key,account,kind,amount,currency,posted_at\n"
        f"b-1,{NUMBER},charge,1.00,,\n"
        f"b-2,{NUMBER},charge,-1.00,,\n"
        f"b-3,{NUMBER},charge,0.001,,\n"
        f"b-4,{NUMBER},gift,1.00,,\n"
        "b-5,777,charge,1.00,,\n"
        f"b-6,{NUMBER},charge,1.00,EUR,\n"
        f"b-7,{NUMBER},charge,1.00,RUB,yesterday\n"
        f"b-8,{NUMBER},charge\n"
        f"b-9,{NUMBER},charge,{'1' * 3000},,\n"
        f"b-1,{NUMBER},charge,2.00,,\n"
    )

    lines = refused(book, text)

    assert [number for number, _ in lines] == [3, 4, 5, 6, 7, 8, 9, 10, 11]
    assert "above zero" in dict(lines)[3]
    assert "RUB has 2 decimals" in dict(lines)[4]
    assert "another content" in dict(lines)[11]
    assert rows(dsn, COUNTS) == before


def test_accounts_that_contradict_the_book_are_refused(dsn: str, book: Book) -> None:
    sent(book, ACCOUNTS)
    before = rows(dsn, COUNTS)
    head = "number,contract,name,born\n"

    assert "other particulars" in refused(book, f"{head}{NUMBER},K-1,Лугова Вера Олеговна,1981-01-01\n")[0][1]
    assert "another name" in refused(book, f"{head}{'5' * 20},K-1,Полева Анна,\n")[0][1]
    assert "not a date" in refused(book, f"{head}{'5' * 20},K-5,Полева Анна,31.05.1980\n")[0][1]
    assert rows(dsn, COUNTS) == before


def test_a_key_that_is_posted_elsewhere_meanwhile_is_named_and_the_file_refused(dsn: str, book: Book) -> None:
    """The other posting is not committed when the import looks for the key: the index decides."""
    sent(book, ACCOUNTS)
    sent(book, f"key,account,kind,amount\nfirst,{NUMBER},charge,5.00\n")  # opens the ledger that both need
    text = f"key,account,kind,amount\nc-0,{NUMBER},charge,1.00\nshared,{NUMBER},charge,2.00\n"
    with ThreadPoolExecutor(1) as pool, psycopg.connect(dsn) as other:
        with other.transaction():
            sent(other, f"key,account,kind,amount\nshared,{SECOND},charge,3.00\n")
            lines = pool.submit(refused, book, text)
            lock_awaited(dsn)
        assert lines.result() == [(3, "the key was posted elsewhere at this moment: send the file again")]
    assert rows(dsn, "SELECT key, amount FROM book.entry ORDER BY key") == [("first", 500), ("shared", 300)]
    assert dict(refused(book, text))[3].startswith("the key 'shared'")


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("", 1, "header"),
        ("a,b\n1,2\n", 1, "header"),
        ("key,account,kind,colour\n", 1, "columns of operations"),
        ("key,account,kind,kind\n", 1, "columns of operations"),
        ('key,account,kind\n"open,1,charge', 2, "not a line of CSV"),
        ("key,account,kind\nk,1,charge,surplus\n", 2, "another number of fields"),
    ],
)
def test_a_file_that_is_no_such_csv_is_refused(book: Book, text: str, line: int, what: str) -> None:
    ((number, detail),) = refused(book, text)
    assert number == line
    assert what in detail


def test_bytes_that_are_no_text_are_refused(book: Book, tmp_path: Path) -> None:
    for content, line in ((b"\xff\xfe\x00", 1), (b"key,account,kind\n" + b"k,1,charge\n" * 2000 + b"\xff", None)):
        file = tmp_path / "file.csv"
        file.write_bytes(content)
        with file.open(encoding="utf-8", newline="") as source, pytest.raises(ImportRefused) as refusal:
            import_csv(book, source)
        assert len(refusal.value.lines) <= ERRORS_MAX
        assert line in (None, refusal.value.lines[0][0])


def run(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == code, result.output
    return result.output


def test_an_operation_is_posted_and_shown_by_command(dsn: str, book: Book) -> None:
    customer_with_account(book)
    asked = ("post", "--account", NUMBER, "--kind", "charge", "--amount", "123.45", "--text", "Вода", "--dsn", dsn)

    first = run(*asked, "--key", "K-1")
    again = run(*asked, "--key", "K-1")
    run("post", "--account", NUMBER, "--kind", "correction", "--reverses", "K-1", "--dsn", dsn)
    shown = run("show", NUMBER, "--dsn", dsn)

    assert [line.split() for line in first.splitlines()] == [
        ["key", "K-1"],
        ["version", "1.2"],
        ["balance", "123.45", "RUB"],
    ]
    assert "(posted before)" in again
    assert f"{NUMBER} (active)" in shown
    assert "balance  0.00 RUB" in shown
    assert [line.split()[2:5] for line in shown.splitlines()[3:]] == [
        ["correction", "-123.45", "0.00"],
        ["charge", "123.45", "123.45"],
    ]


BAD_POSTINGS = [
    ({"--amount": "-5"}, "above zero"),
    ({"--amount": "0"}, "above zero"),
    ({"--amount": "0.001"}, "RUB has 2 decimals"),
    ({"--amount": "1e9"}, "not a decimal"),
    ({"--amount": "1000000000.01"}, "amount-too-large"),
    ({"--amount": "１２"}, "not a decimal"),
    ({"--amount": ""}, "is not an amount"),
    ({"--currency": "EUR"}, "kept in RUB"),
    ({"--currency": "rubles"}, "currency-mismatch"),
    ({"--account": "9" * 20}, "account-unknown"),
    ({"--kind": "gift"}, "the kind is one of"),
    ({"--text": "x" * 201}, "at most 200"),
    ({"--key": "a b"}, "the key is"),
    ({"--channel": "Касса"}, "the channel is"),
    ({"--reverses": "K-0"}, "a charge reverses nothing"),
    ({"--kind": "correction"}, "names the key"),
    ({"--kind": "correction", "--reverses": "K-0"}, "no amount of its own"),
]


def test_a_bad_posting_is_refused_in_words_and_leaves_nothing(dsn: str, book: Book) -> None:
    customer_with_account(book)
    before = rows(dsn, COUNTS)

    for changes, what in BAD_POSTINGS:
        asked = {"--account": NUMBER, "--kind": "charge", "--amount": "1.00", "--dsn": dsn, **changes}
        said = run("post", *[f"{name}={value}" for name, value in asked.items()], code=1)
        assert said.startswith("Refused, nothing was stored")
        assert what in said

    assert rows(dsn, COUNTS) == before


def test_files_are_imported_by_command(dsn: str, book: Book, tmp_path: Path) -> None:
    (tmp_path / "connector.toml").write_text(toml_text(Trust().settings(tmp_path, dsn)))
    accounts, operations = tmp_path / "accounts.csv", tmp_path / "operations.csv"
    accounts.write_text(f"\ufeff{ACCOUNTS}", encoding="utf-8")
    operations.write_text(f"key,account,kind,amount\nc-1,{NUMBER},charge,oops\n", encoding="utf-8")
    config = ("--config", str(tmp_path / "connector.toml"))

    assert run("import", str(accounts), *config) == "accounts: 2 written, 0 in the book before\n"
    said = run("import", str(operations), *config, code=1)

    assert "nothing was stored" in said
    assert "line 2: 'oops' is not an amount in RUB" in said


def test_a_book_out_of_reach_is_told_in_one_line(tmp_path: Path) -> None:
    missing = run("show", NUMBER, "--config", str(tmp_path / "none.toml"), code=3)
    broken = tmp_path / "broken.toml"
    broken.write_text("dsn = 5")
    unread = run("show", NUMBER, "--config", str(broken), code=3)
    unreached = run("show", NUMBER, "--dsn", f"host={tmp_path} dbname=none", code=3)

    assert "start `okno demo`" in missing
    assert unread.startswith("The book cannot be reached")
    assert unreached.startswith("The book cannot be reached")


def test_an_unknown_account_is_not_shown(dsn: str) -> None:
    assert "account-unknown" in run("show", "9" * 20, "--dsn", dsn, code=1)
