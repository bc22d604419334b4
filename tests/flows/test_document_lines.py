"""What becomes of an act line by line, of periods that are too large, and in which language papers are."""

from datetime import date
from pathlib import Path

import msgspec
import pytest
from factories.paper_inside import MONTH, Papers, Reader, reader_of
from factories.papers import PAYER, contract, plain, reconciliation
from factories.portal import Portal

from okno.cabinet.documents.press.rereading import text_of
from okno.protocol.errors import ErrorCode
from okno.protocol.messages.base import Period


@pytest.fixture
def anna(portal: Portal, tmp_path: Path) -> Reader:
    return reader_of(Papers(portal, tmp_path))


def test_documents_speak_the_language_of_the_reader(anna: Reader) -> None:
    wishes: list[tuple[str, dict[str, str], str, str]] = [
        ("slip", {}, "cut here", "линия отреза"),
        ("statement", MONTH, "Turnover of the period", "Обороты за период"),
        ("bill", {"bill": "b2"}, "Where to pay to", "Реквизиты для оплаты"),
        ("reconciliation", MONTH, "Balance on", "Сторона 1"),
    ]
    made = [(anna.made(kind=kind, **wish), english, russian) for kind, wish, english, russian in wishes]
    act = f"/api/documents/{made[-1][0]}/lines"
    for document, english, russian in made:
        text = text_of(anna.file(document))
        assert russian in text
        assert english not in text
    said = anna.browser.send("GET", act).json()
    assert anna.browser.send("PATCH", "/api/profile", {"locale": "en"}).status_code == 200
    for document, english, russian in made:
        text = text_of(anna.file(document))
        assert english in text
        # Of an act the Russian text is the one that is signed.
        assert (russian in text) == (document == made[-1][0])
    table = anna.browser.send("GET", f"/api/documents/{made[1][0]}/file?form=csv")
    assert b"Opening balance" in table.content
    assert "filename*=UTF-8''Statement%202026-10-01" in table["Content-Disposition"]
    told = anna.browser.send("GET", act).json()
    assert [one["rows"] for one in told] == [one["rows"] for one in said]
    assert "the debt in favour of" in told[0]["conclusion"]
    # What is disagreed with is the same act in either language.
    for line, locale in ((1, "en"), (2, "ru")):
        anna.browser.send("PATCH", "/api/profile", {"locale": locale})
        path = f"/api/documents/{made[-1][0]}/appeals"
        assert anna.browser.send("POST", path, {"line": line, "note": "Not so"}).status_code == 201
    assert len(anna.papers.portal.peek("SELECT DISTINCT content_sha256 FROM documents_appeal")) == 1


def test_documents_act_of_books_without_contracts_never_shows_an_id(anna: Reader) -> None:
    told = reconciliation(contract((500, 0), name=str(anna.account)), contract((100, 0)))
    month = Period(first=date(2026, 10, 1), last=date(2026, 10, 31))
    anna.papers.told = {"okno.account.reconciliation.get.v1": msgspec.structs.replace(told, period=month)}
    document = anna.made(kind="reconciliation", **MONTH)
    text = plain(text_of(anna.file(document)))
    assert f"Лицевой счёт {PAYER.number}" in text
    assert str(anna.account) not in text
    shown = anna.browser.send("GET", f"/api/documents/{document}/lines").json()
    assert [one["contract"] for one in shown] == ["", "D-40817"]


@pytest.mark.parametrize(
    ("kind", "question"),
    [("statement", "okno.account.statement.get.v1"), ("reconciliation", "okno.account.reconciliation.get.v1")],
)
@pytest.mark.parametrize(
    ("code", "trouble"),
    [(ErrorCode.PERIOD_TOO_LARGE, "period-too-large"), (ErrorCode.REJECTED, "no-answer")],
)
def test_documents_of_a_period_that_is_too_large_say_so(
    anna: Reader, kind: str, question: str, code: ErrorCode, trouble: str
) -> None:
    anna.papers.refused[question] = code
    document = anna.made(kind=kind, **MONTH)
    assert (anna.state(document)["state"], anna.state(document)["trouble"]) == ("failed", trouble)
    answer = anna.browser.send("GET", f"/api/documents/{document}/file")
    assert (answer.status_code, answer.json()["code"], answer.json()["trouble"]) == (409, "document-failed", trouble)
    del anna.papers.refused[question]
    assert anna.state(anna.made(kind=kind, **MONTH))["state"] == "ready"
