"""The conformance suite can fail: each fault of an adapter is found by the check that is about it, in plain words."""

import re
from collections.abc import Iterator
from pathlib import Path

import factories.faulty_book
import msgspec
import pytest
from factories.conformance_run import Clusters, chosen, conformance, place_of
from factories.faulty_book import FaultyBookBench
from factories.foreign_bench import FaultyBooks, ForeignBench
from typer.testing import CliRunner

from okno.cli.commands.connector import app
from okno.connectors.bench import Bench, Place
from okno.connectors.conformance import counterpart
from okno.connectors.conformance.checks import CHECKS
from okno.connectors.conformance.failing import Failed
from okno.connectors.entries import EntryError, entry_load


@pytest.fixture
def place(postgres: Clusters, connector_template: str, short_directory: Path, tmp_path: Path) -> Iterator[Place]:
    with place_of(postgres, short_directory / tmp_path.name[-12:], connector_template) as place:
        yield place


# Of a system in memory that is mirrored, and of one that numbers its own entries: what the runtime keeps for the one
# only the adapter of the other can break.
MIRRORED = (
    ("sign", "signs", "kind and effect of a charge"),
    ("kind", "signs", "kind and effect of a charge"),
    ("twice", "snapshot", "operations were posted and"),
    ("tells no entries", "watermark", "a watermark passed a charge before the charge was told"),
    ("posts twice", "posting-once", "operations were posted and"),
    ("any currency", "posting-refused", "was taken"),
    ("refunds in full", "money-back", "the effect of okno.payment.refunded.v1"),
    ("gives back too much", "money-back", "a refund of more than was left of the payment was taken"),
    ("impatient", "slow", "okno.payment.captured.v1 was refused"),
    ("takes absence for no", "failing", "a payment was answered while nobody could take it"),
)
OWN_READS = (
    ("MiscountsBalance", "snapshot", "the balance after a charge and a payment"),
    ("KnowsEverybody", "unknown", "an account that is not there was answered with a state"),
    ("AlwaysFirstPage", "operations", "the pages of operations do not come to an end"),
    ("ForgetsWhatIsKnown", "gap", "what follows"),
    ("OpensWithClosing", "statement", "the opening balance before the first operation"),
    ("SwapsSides", "reconciliation", "debits and credits of all contracts"),
    ("NamesPeople", "texts", "the text of an operation tells Ивановна, Мария, Соколова"),
    ("OldestBillFirst", "bills", "bills, latest due first"),
    ("burns versions", "order", "versions without a gap"),
    ("ProvesNothing", "pages", "the digest of the account's row"),
    ("TakesAnyFact", "identify", "the phone of an answer to a wrong fact"),
    ("GrantsTheNeighbours", "prove", "the accounts that were granted to a customer of one"),
    ("MixesPeopleUp", "profile", "the phone in the profile"),
    ("HasNoPurpose", "requisites", "the requisites have no purpose of payment"),
    ("FindsSomebody", "payable", "the answer to an unknown number"),
    ("LooksBeforeItLocks", "money-back", "how many of 5 refunds of a whole payment at once were taken"),
    ("PostsApart", "restart", "operations were posted and"),
    ("KnowsNoEpoch", "restored", "a snapshot after a version of the old epoch, which begins anew"),
)


def found_by(bench: Bench, place: Place, check: str) -> str:
    """What the check says of the bench's fault; another one finds nothing, so that the fault is not everywhere."""
    control = "unknown" if check in ("signs", "snapshot", "watermark") else "signs"
    report = conformance(bench, place, chosen(control, check))
    found = {one.check: one for one in report.findings}
    assert (found[check].outcome, found[control].outcome) == ("failed", "passed"), report
    assert not report.passed
    return found[check].detail


@pytest.mark.parametrize(("fault", "check", "words"), MIRRORED)
def test_a_fault_of_a_mirrored_system_is_found_by_the_check_that_is_about_it(
    place: Place, fault: str, check: str, words: str
) -> None:
    bench = ForeignBench(FaultyBooks(fault))
    assert words in found_by(bench, place, check)
    assert bench.stopped


@pytest.mark.parametrize(("fault", "check", "words"), OWN_READS)
def test_a_fault_of_a_system_that_reads_its_own_books_is_found_by_the_check_that_is_about_it(
    place: Place, monkeypatch: pytest.MonkeyPatch, fault: str, check: str, words: str
) -> None:
    # For a connector in a process of its own.
    monkeypatch.setenv("PYTHONPATH", str(Path(factories.faulty_book.__file__).parents[1]))
    assert words in found_by(FaultyBookBench(fault), place, check)


def test_each_check_is_proven_able_to_fail() -> None:
    planted = {check for _, check, _ in (*MIRRORED, *OWN_READS)}
    assert planted == {check.name for check in CHECKS}


def test_no_check_knows_a_system_by_its_name() -> None:
    """The suite branches on what is offered alone."""
    named = re.compile(r"tryton|onec|\bbook(?!s)", re.IGNORECASE)
    files = list(Path(counterpart.__file__).parent.rglob("*.py"))
    assert len(files) > len(CHECKS) / 2
    assert [(file.name, found[0]) for file in files if (found := named.search(file.read_text()))] == []


def test_a_sound_system_in_memory_keeps_what_needs_no_second_process(place: Place) -> None:
    names = (
        "snapshot",
        "gap",
        "order",
        "watermark",
        "posting-once",
        "posting-refused",
        "money-back",
        "slow",
        "failing",
    )
    report = conformance(ForeignBench(FaultyBooks()), place, chosen(*names))

    assert [(one.check, one.outcome, one.detail) for one in report.findings if one.outcome != "passed"] == []
    assert "okno.account.reconciliation.get.v1" in report.offered


def test_what_does_not_come_is_waited_for_and_then_told(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counterpart, "PATIENCE_S", 3.0)
    report = conformance(ForeignBench(FaultyBooks("raises")), place, chosen("posting-once", "snapshot"))
    assert {one.check: one.outcome for one in report.findings} == {"posting-once": "failed", "snapshot": "passed"}


def test_a_bench_that_fails_is_a_finding_and_the_suite_goes_on(place: Place) -> None:
    class Forgetful(ForeignBench):
        def payment(self, _account: str, _amount: int) -> None:
            raise RuntimeError("nobody is at the cash desk")

    report = conformance(Forgetful(FaultyBooks()), place, chosen("snapshot", "order"))
    found = {one.check: one for one in report.findings}
    assert (found["snapshot"].outcome, found["order"].outcome) == ("failed", "passed")
    assert "nobody is at the cash desk" in found["snapshot"].detail


def test_an_account_without_a_number_is_a_fault_of_the_bench(place: Place) -> None:
    report = conformance(ForeignBench(FaultyBooks(), numbered=False), place, chosen("snapshot"))
    assert report.findings[0].detail == "the bench opened an account without a number"


def test_a_system_that_does_not_start_ends_the_run(place: Place) -> None:
    class Absent(ForeignBench):
        def start(self, _place: Place) -> object:
            raise Failed("there is no such server")

    bench = Absent(FaultyBooks())
    with pytest.raises(Failed, match="no such server"):
        conformance(bench, place, chosen("snapshot"))
    assert not bench.stopped


def test_the_command_tells_each_finding_and_ends_with_a_status() -> None:
    said = CliRunner().invoke(app, ["check", "factories.foreign_bench:sound", "--only", "signs", "--only", "bills"])
    assert (said.exit_code, said.output.splitlines()[-2:]) == (
        0,
        ["1 passed, 0 failed, 1 not offered", "Not offered: okno.bill.list.v1."],
    )
    said = CliRunner().invoke(app, ["check", "factories.foreign_bench:faulty", "--only", "signs", "--json"])
    assert said.exit_code == 1
    report = msgspec.json.decode(said.output)
    assert [one["outcome"] for one in report["findings"]] == ["failed"]


def test_a_trial_shows_what_the_cabinet_gets(monkeypatch: pytest.MonkeyPatch) -> None:
    said = CliRunner().invoke(app, ["try", "factories.foreign_bench:sound"])
    told = [msgspec.json.decode(line) for line in said.output.splitlines()]
    assert [(one["type"].split(".")[1], one["data"]["version"]) for one in told] == [
        *(("account", [1, 1]), ("operation", [1, 2]), ("operation", [1, 3])),
    ]
    monkeypatch.setattr(counterpart, "PATIENCE_S", 2.0)
    said = CliRunner().invoke(app, ["try", "factories.foreign_bench:silent"])
    assert (said.exit_code, "account.changed of version 1 has not come" in said.output) == (1, True)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("no-colon", "package.module:name"),
        ("nowhere.at.all:bench", "there is no module 'nowhere'"),
        ("okno.connectors:nothing", "has no 'nothing'"),
        ("okno.connectors.main:BOOK", "cannot be called"),
    ],
)
def test_an_entry_that_is_not_there_is_told(entry: str, words: str) -> None:
    said = CliRunner().invoke(app, ["try", entry])
    assert (said.exit_code, words in said.output) == (2, True)
    with pytest.raises(EntryError, match=re.escape(words)):
        entry_load(entry)


def test_a_check_that_is_not_there_is_told() -> None:
    said = CliRunner().invoke(app, ["check", "book", "--only", "nothing"])
    assert (said.exit_code, "there is no check 'nothing'" in said.output) == (2, True)


def test_a_store_is_prepared_and_a_database_that_is_away_told(connector_database: object, tmp_path: Path) -> None:
    config = tmp_path / "connector.toml"
    members = 'keylist = "k"\nroot_public = "r"\nsigning_key = "s"\nopening_key = "o"\n'
    for dsn, status, words in (
        (connector_database.dsn("connector"), 0, "The store of main is up to date: 0 files"),
        (f"host={tmp_path} dbname=none", 3, "cannot be reached"),
    ):
        config.write_text(f'dsn = "{dsn}"\n{members}')
        said = CliRunner().invoke(app, ["prepare", "--config", str(config)])
        assert (said.exit_code, words in said.output) == (status, True)
    config.write_text("colour = 'red'")
    assert CliRunner().invoke(app, ["prepare", "--config", str(config)]).exit_code == 1
