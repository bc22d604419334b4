"""A customer asks for documents: the inside answers, the file is made anew each time, nothing wrong is kept."""

import io
from datetime import date
from pathlib import Path
from uuid import UUID

import msgspec
import openpyxl
import psycopg
import pytest
from factories.paper_inside import MONTH, Papers, Reader, reader_of
from factories.papers import (
    AT,
    PAYEE,
    PAYER,
    PURPOSE,
    SBP_LINK,
    bill,
    operation,
    reconciliation,
    statement,
)
from factories.portal import Portal, SettingsChange

from okno.cabinet.config.instance import Limit
from okno.cabinet.documents.core.slips import slip_of, slip_payload, slip_sheet
from okno.cabinet.documents.press.rereading import pages_of, symbol_of, symbols_of, text_of
from okno.cabinet.documents.press.symbols import matrix_of
from okno.cabinet.kit.jobs.housekeeping import KINDS
from okno.protocol.ids import new_id
from okno.protocol.keys import OpeningKey
from okno.protocol.messages import BillPage
from okno.protocol.messages.base import Period


@pytest.fixture
def papers(portal: Portal, tmp_path: Path) -> Papers:
    return Papers(portal, tmp_path)


@pytest.fixture
def anna(papers: Papers) -> Reader:
    return reader_of(papers)


def kept(reader: Reader) -> list[tuple[object, ...]]:
    return reader.papers.portal.peek(
        "SELECT state, trouble, requisites IS NULL, data IS NULL FROM documents_document ORDER BY asked_at"
    )


def test_documents_slip_from_asking_to_the_printed_page(anna: Reader) -> None:
    status, told = anna.ask(kind="slip", amount="1234.50")
    assert status == 202
    document = str(told["id"])
    assert anna.state(document)["state"] == "asked"
    waiting = anna.browser.send("GET", f"/api/documents/{document}/file")
    assert (waiting.status_code, waiting.json()["code"], waiting["Retry-After"]) == (409, "not-ready", "2")

    anna.papers.carry()

    assert anna.state(document)["state"] == "ready"
    answer = anna.browser.send("GET", f"/api/documents/{document}/file")
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("attachment; filename=\"document.pdf\"; filename*=UTF-8''%D0%9A")
    assert (answer["Cache-Control"], answer["X-Content-Type-Options"]) == ("no-store", "nosniff")
    assert pages_of(answer.content) == 1
    assert symbol_of(answer.content) == slip_payload(slip_of(PAYEE, PURPOSE, PAYER, 123_450))
    assert answer.content == anna.file(document)
    [asked] = anna.papers.asked
    assert (asked.envelope.type, asked.envelope.subject) == ("okno.requisites.get.v1", f"acct:{anna.account}")
    actions = anna.papers.portal.peek("SELECT action FROM kit_audit WHERE action LIKE 'document.%%' ORDER BY seq")
    assert actions == [("document.ask",), ("document.file",), ("document.file",)]


def test_documents_slip_on_the_screen_is_the_one_of_the_file(anna: Reader) -> None:
    document = anna.made(kind="slip", amount="1234.50")
    assert anna.state(document)["amount"] == "1234.50"
    shown = anna.browser.send("GET", f"/api/documents/{document}/slip").json()
    slip = slip_of(PAYEE, PURPOSE, PAYER, 123_450)
    assert shown["lines"] == msgspec.to_builtins(slip_sheet(slip))
    matrix = matrix_of(slip_payload(slip))
    assert shown["symbol"] == {"side": matrix.side, "path": matrix.path()}
    assert shown["sbp"] is None
    anna.papers.changes = {"sbp_link": SBP_LINK}
    linked = anna.made(kind="slip", amount="1234.50")
    sbp = matrix_of(SBP_LINK.encode())
    shown = anna.browser.send("GET", f"/api/documents/{linked}/slip").json()
    assert shown["sbp"] == {"side": sbp.side, "path": sbp.path()}
    assert SBP_LINK.encode() in symbols_of(anna.file(linked))
    blank = anna.made(kind="slip")
    assert anna.state(blank)["amount"] is None
    assert anna.browser.send("GET", f"/api/documents/{blank}/slip").json()["lines"]["roubles"] == ""
    statement_asked = anna.made(kind="statement", **MONTH)
    other = anna.browser.send("GET", f"/api/documents/{statement_asked}/slip")
    assert (other.status_code, other.json()["code"]) == (400, "bad-request")


def payees(reader: Reader, document: str) -> str:
    return str(reader.browser.send("GET", f"/api/documents/{document}/slip").json()["payees"])


def test_documents_slip_tells_that_the_payee_has_changed(anna: Reader) -> None:
    before = anna.made(kind="slip")
    assert [payees(anna, before), payees(anna, before)] == ["same", "same"]
    anna.papers.changes = {"payee": "ООО «Другое имя»"}
    after = anna.made(kind="slip")
    assert [payees(anna, after), payees(anna, after)] == ["changed", "changed"]
    assert payees(anna, before) == "outdated"
    again = anna.made(kind="slip")
    assert [payees(anna, again), payees(anna, after)] == ["same", "same"]
    boris = reader_of(anna.papers, "boris", "+79001110002")
    assert payees(boris, boris.made(kind="slip")) == "same"
    # Each one's memory is his own: the portal's role sees no other.
    with psycopg.connect(anna.papers.portal.database.dsn("web")) as connection:
        connection.execute("SELECT set_config('app.user', %s, true)", [str(boris.user)])
        assert connection.execute("SELECT user_id FROM documents_payee_seen").fetchall() == [(boris.user,)]
        done = connection.execute("UPDATE documents_payee_seen SET is_changed = true WHERE user_id = %s", [anna.user])
        assert done.rowcount == 0


def test_documents_slip_that_cannot_be_drawn_is_not_shown(anna: Reader) -> None:
    document = anna.made(kind="slip")
    anna.papers.portal.peek(
        "UPDATE documents_document SET requisites = jsonb_set(requisites, '{inn}', '\"0000123451\"')"
    )
    answer = anna.browser.send("GET", f"/api/documents/{document}/slip")
    assert (answer.status_code, answer.json()["code"], answer.json()["trouble"]) == (
        409,
        "document-failed",
        "payee-wrong",
    )
    assert anna.papers.portal.peek("SELECT 1 FROM documents_payee_seen") == []


def test_documents_keep_nothing_personal_in_clear(anna: Reader) -> None:
    document = anna.made(kind="slip")
    assert "Голубева" in text_of(anna.file(document))
    dump = "".join(
        str(anna.papers.portal.peek(f"SELECT t::text FROM {table} t"))  # noqa: S608 (names of tables)
        for (table,) in anna.papers.portal.peek("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    )
    for secret in (PAYER.name, PAYER.address, PAYER.number):
        assert secret not in dump
    assert anna.papers.portal.peek("SELECT outcome, state FROM kit_outbox") == [(None, "done")]


def test_documents_statement_as_pdf_csv_and_xlsx(anna: Reader) -> None:
    document = anna.made(kind="statement", **MONTH)
    assert "Обороты за период" in text_of(anna.file(document))
    assert b"123,45" in anna.file(document, "csv")
    book = openpyxl.load_workbook(io.BytesIO(anna.file(document, "xlsx")))
    assert book["Выписка"]["F2"].value == -10
    assert {one.envelope.type for one in anna.papers.asked} == {
        "okno.requisites.get.v1",
        "okno.account.statement.get.v1",
    }
    slip = anna.made(kind="slip")
    wrong = anna.browser.send("GET", f"/api/documents/{slip}/file?form=csv")
    assert (wrong.status_code, wrong.json()["code"]) == (400, "bad-request")


def test_documents_bill_pays_what_is_open(anna: Reader) -> None:
    document = anna.made(kind="bill", bill="b2")
    pdf = anna.file(document)
    assert b"|Sum=2500" in symbol_of(pdf)
    assert "Счёт 7" in text_of(pdf)
    assert b"|Sum=100" in symbol_of(anna.file(anna.made(kind="bill")))  # the latest, which has no key to say
    unknown = anna.made(kind="bill", bill="b3")
    assert (anna.state(unknown)["state"], anna.state(unknown)["trouble"]) == ("failed", "bill-unknown")


@pytest.mark.parametrize(
    ("change", "wish"),
    [
        ({"payee_account": "40702810600000000002"}, {"kind": "slip"}),
        ({"bic": "040200998"}, {"kind": "slip", "amount": "10"}),
        ({"inn": "0000123451"}, {"kind": "bill", "bill": "b1"}),
        ({"correspondent_account": "30101810500000000998"}, {"kind": "statement", **MONTH}),
    ],
)
def test_documents_with_payees_that_a_bank_would_refuse_keep_nothing(
    anna: Reader, change: dict[str, object], wish: dict[str, object]
) -> None:
    anna.papers.changes = change
    document = anna.made(**wish)
    state = anna.state(document)
    assert (state["state"], state["trouble"]) == ("failed", "payee-wrong")
    assert kept(anna) == [("failed", "payee-wrong", True, True)]
    answer = anna.browser.send("GET", f"/api/documents/{document}/file")
    assert (answer.status_code, answer.json()["code"], answer.json()["trouble"]) == (
        *(409, "document-failed"),
        "payee-wrong",
    )


def test_documents_that_do_not_add_up_or_speak_of_others_keep_nothing(anna: Reader) -> None:
    september = Period(first=date(2026, 9, 1), last=date(2026, 9, 30))
    anna.papers.told = {
        "okno.account.statement.get.v1": statement(operation(100), closing=99),
        "okno.account.reconciliation.get.v1": msgspec.structs.replace(reconciliation(), period=september),
    }
    anna.made(kind="statement", **MONTH)
    anna.made(kind="reconciliation", **MONTH)
    anna.papers.told = {"okno.bill.list.v1": BillPage("", "main", AT, (bill(100, 101),))}
    anna.made(kind="bill", bill="b1")
    assert kept(anna) == [
        ("failed", "does-not-add-up", True, True),
        ("failed", "other-account", True, True),
        ("failed", "does-not-add-up", True, True),
    ]


@pytest.mark.parametrize(
    ("wish", "status", "code"),
    [
        *(
            ({"kind": "slip", "amount": amount}, 422, "amount-wrong")
            for amount in ("-1", "0", "0.001", "1e9", "1000000000", "１００", "")
        ),
        ({"kind": "slip", "amount": "1", "currency": "USD"}, 422, "amount-wrong"),
        ({"kind": "slip", "amount": 100}, 400, "bad-request"),
        ({"kind": "slip", "bill": "b1"}, 400, "bad-request"),
        ({"kind": "bill", "amount": "1"}, 400, "bad-request"),
        ({"kind": "letter"}, 400, "bad-request"),
        ({"kind": "statement", "first": "2026-10-01"}, 400, "bad-request"),
        ({"kind": "statement", "first": "2026-10-02", "last": "2026-10-01"}, 422, "period-wrong"),
        ({"kind": "reconciliation", "first": "2020-01-01", "last": "2026-10-01"}, 422, "period-wrong"),
        ({"kind": "statement", "first": "2199-10-02", "last": "2199-11-01"}, 422, "period-wrong"),
    ],
)
def test_documents_that_cannot_be_are_refused_and_nothing_is_stored(
    anna: Reader, wish: dict[str, object], status: int, code: str
) -> None:
    assert (anna.ask(**wish)[0], anna.ask(**wish)[1]["code"]) == (status, code)
    for table in ("documents_document", "kit_outbox"):
        assert anna.papers.portal.peek(f"SELECT 1 FROM {table}") == []  # noqa: S608 (names of tables)


def test_documents_of_closed_foreign_and_unknown_accounts(anna: Reader) -> None:
    portal = anna.papers.portal
    boris = reader_of(anna.papers, "boris", "+79001110002")
    mine = anna.made(kind="slip")
    for account in (boris.account, UUID(new_id())):
        assert anna.ask(account, kind="slip")[0] == 404
        assert anna.browser.send("GET", f"/api/accounts/{account}/documents").status_code == 404
    for path in ("", "/file", "/lines", "/slip", "/appeals"):
        assert boris.browser.send("GET", f"/api/documents/{mine}{path}").status_code == 404
    assert boris.browser.send("POST", f"/api/documents/{mine}/appeals", {"line": 1}).status_code == 404
    portal.peek("UPDATE accounts_account SET status = 'closed' WHERE id = %s", anna.account)
    status, told = anna.ask(kind="slip")
    assert (status, told["code"]) == (409, "account-closed")
    assert anna.ask(kind="statement", **MONTH)[0] == 202
    portal.peek("UPDATE accounts_account SET status = 'active', currency = 'USD' WHERE id = %s", anna.account)
    assert anna.ask(kind="slip")[1]["code"] == "amount-wrong"
    assert len(portal.peek("SELECT 1 FROM documents_document")) == 2


def test_documents_need_the_right_when_they_are_read_too(anna: Reader) -> None:
    portal = anna.papers.portal
    document = anna.made(kind="statement", **MONTH)
    listed = anna.browser.send("GET", f"/api/accounts/{anna.account}/documents").json()
    assert [(one["id"], one["kind"], one["state"]) for one in listed] == [(document, "statement", "ready")]
    portal.peek("UPDATE accounts_access SET until = now() WHERE \"right\" = 'documents'")
    assert anna.browser.send("GET", f"/api/documents/{document}").status_code == 404
    assert anna.browser.send("GET", f"/api/accounts/{anna.account}/documents").json() == []
    assert anna.ask(kind="statement", **MONTH)[0] == 404
    portal.peek("DELETE FROM accounts_grant")
    assert anna.ask(kind="slip")[0] == 404


def test_documents_that_the_inside_refuses_are_failed_and_end_with_their_term(anna: Reader) -> None:
    portal = anna.papers.portal
    document = anna.made(kind="slip")
    portal.peek("UPDATE kit_outbox SET state = 'failed'")
    portal.peek("UPDATE documents_document SET state = 'asked', requisites = NULL")
    assert (anna.state(document)["state"], anna.state(document)["trouble"]) == ("failed", "no-answer")
    portal.peek("UPDATE documents_document SET expires_at = now() - interval '1 second'")
    assert anna.browser.send("GET", f"/api/documents/{document}").status_code == 404
    with psycopg.connect(portal.database.dsn("worker")) as connection:
        KINDS["documents.end"].run(connection, {})
    assert portal.peek("SELECT 1 FROM documents_document") == []


def test_documents_answers_come_late_twice_or_of_another_kind(anna: Reader) -> None:
    anna.ask(kind="statement", **MONTH)
    anna.papers.relay()
    anna.papers.portal.peek("DELETE FROM documents_document")
    anna.papers.carry()
    assert anna.papers.portal.peek("SELECT DISTINCT state FROM kit_outbox") == [("done",)]
    document = anna.made(kind="slip")
    anna.papers.portal.peek("UPDATE documents_document SET requisites = jsonb_set(requisites, '{sealed}', '\"x\"')")
    unreadable = anna.browser.send("GET", f"/api/documents/{document}/file")
    assert unreadable.status_code == 500


def test_documents_sealed_to_another_key_are_unavailable(anna: Reader) -> None:
    document = anna.made(kind="slip")
    Path(anna.papers.portal.config.opening_key or "").write_bytes(OpeningKey.generate("cabinet").dump())
    answer = anna.browser.send("GET", f"/api/documents/{document}/file")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")


def test_documents_are_not_made_without_end(anna: Reader, settings_change: SettingsChange) -> None:
    document = anna.made(kind="slip")
    with settings_change(limits={"documents-file": Limit(1, 600), "documents-ask": Limit(1, 600)}):
        anna.papers.portal.peek("DELETE FROM kit_bucket")
        assert anna.file(document)
        assert anna.browser.send("GET", f"/api/documents/{document}/file").status_code == 429
        assert anna.ask(kind="slip")[0] == 202
        assert anna.ask(kind="slip")[0] == 429
    assert len(anna.papers.portal.peek("SELECT 1 FROM documents_document")) == 2


def test_documents_are_judged_again_when_they_are_made(anna: Reader) -> None:
    slip, act = anna.made(kind="slip"), anna.made(kind="reconciliation", **MONTH)
    anna.papers.portal.peek(
        "UPDATE documents_document SET requisites = jsonb_set(requisites, '{inn}', '\"0000123451\"')"
    )
    for path in (f"{slip}/file", f"{act}/file", f"{act}/lines"):
        answer = anna.browser.send("GET", f"/api/documents/{path}")
        assert (answer.status_code, answer.json()["code"]) == (409, "document-failed")
        assert answer.json()["trouble"] == "payee-wrong"
    assert anna.papers.portal.peek("SELECT count(*) FROM kit_audit WHERE action = 'document.file'") == [(0,)]
