"""A customer has a link to a document sent by e-mail: once for each wish, sealed until it leaves, telling nothing."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

import msgspec
import psycopg
import pytest
from factories.paper_inside import MONTH, Papers, Reader, reader_of
from factories.papers import PAYER
from factories.portal import Portal, SettingsChange
from factories.read_model import KilledError
from factories.sms_centre import ORIGIN, Centre

from okno.cabinet.config.instance import Limit, config_mistakes
from okno.cabinet.documents.core.figures import day_long
from okno.cabinet.kit import notice_binding as binding
from okno.protocol.keys import entry
from okno.protocol.sealing import seal

ADDRESS = "https://portal.test.localhost"
MAIL = "golubeva@example.ru"


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    twin = Centre(tmp_path)
    yield twin
    twin.stop()


@pytest.fixture
def papers(portal: Portal, tmp_path: Path) -> Papers:
    return Papers(portal, tmp_path)


@pytest.fixture
def anna(papers: Papers, settings_change: SettingsChange) -> Iterator[Reader]:
    with settings_change(letters=True, portal_url=ADDRESS):
        yield reader_of(papers)


def ask(reader: Reader, document: str, **changes: object) -> tuple[int, dict[str, object]]:
    body = {"key": str(uuid4()), "email": MAIL, **changes}
    answer = reader.browser.send("POST", f"/api/documents/{document}/letter", body)
    return answer.status_code, answer.json()


def letters(reader: Reader) -> list[tuple[object, ...]]:
    return reader.papers.portal.peek(
        "SELECT state, last_error FROM notices_message WHERE channel = 'email' ORDER BY created_at"
    )


def audited(reader: Reader) -> list[tuple[object, ...]]:
    return reader.papers.portal.peek(
        "SELECT actor, subject, detail FROM kit_audit WHERE action = 'document.letter' ORDER BY seq"
    )


def test_letter_brings_the_link_and_tells_nothing(anna: Reader, centre: Centre) -> None:
    document = anna.made(kind="slip", amount="1234.50")
    assert anna.state(document)["can_mail"] is True
    status, told = ask(anna, document, email=f" {MAIL} ")
    assert (status, told) == (202, {"to": "g…@example.ru"})
    dump = "".join(
        str(anna.papers.portal.peek(f"SELECT t::text FROM {table} t"))  # noqa: S608 (names of tables)
        for (table,) in anna.papers.portal.peek("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    )
    assert "golubeva" not in dump
    assert audited(anna) == [(f"user:{anna.user}", f"account:{anna.account}", {"document": document})]

    anna.papers.send(centre)

    assert letters(anna) == [("sent", None)]
    (letter,) = [one for one in centre.journal() if one.title]
    assert (letter.to, parseaddr(letter.origin)[1]) == (MAIL, ORIGIN)
    assert letter.title == "Квитанция на оплату: ссылка на документ"
    assert f"{ADDRESS}/documents/{document}" in letter.text.splitlines()
    ends = (datetime.now(UTC) + timedelta(days=30)).astimezone(ZoneInfo("Europe/Moscow")).date()
    assert f"до {day_long(ends)}." in letter.text
    for secret in (PAYER.name, "Анна", PAYER.number, "0017", "1234", "1 234", str(anna.account)):
        assert secret not in letter.text.replace(document, "")


@pytest.mark.parametrize(
    ("wish", "title"),
    [
        ({"kind": "bill", "bill": "b2"}, "Bill: a link to the document"),
        ({"kind": "statement", **MONTH}, "Account statement: a link to the document"),
        ({"kind": "reconciliation", **MONTH}, "Reconciliation statement: a link to the document"),
    ],
)
def test_letter_speaks_the_readers_language(anna: Reader, centre: Centre, wish: dict[str, object], title: str) -> None:
    anna.browser.send("PATCH", "/api/profile", {"locale": "en"})
    ask(anna, anna.made(**wish))
    anna.papers.send(centre)
    (letter,) = [one for one in centre.journal() if one.title]
    assert letter.title == title
    assert letter.text.startswith("Hello,")


def test_letter_of_one_wish_leaves_once_and_costs_once(
    anna: Reader, centre: Centre, settings_change: SettingsChange
) -> None:
    document, key = anna.made(kind="slip"), str(uuid4())
    limits = {"letter-user": Limit(2, 86_400)}
    with settings_change(letters=True, portal_url=ADDRESS, limits=limits):
        for _ in range(3):
            assert ask(anna, document, key=key)[0] == 202
        assert len(letters(anna)) == len(audited(anna)) == 1
        # Another address, or a wish of its own, is another letter.
        assert ask(anna, document, key=key, email="other@example.ru")[0] == 202
        status, told = ask(anna, document)
    assert (status, told["code"]) == (429, "throttled")
    anna.papers.send(centre)
    anna.papers.send(centre)
    assert sorted(one.to for one in centre.journal() if one.title) == [MAIL, "other@example.ru"]


def test_letters_to_one_address_end_whoever_asks(anna: Reader, settings_change: SettingsChange) -> None:
    boris = reader_of(anna.papers, "boris", "+79001110002")
    documents = [(anna, anna.made(kind="slip")), (boris, boris.made(kind="slip"))]
    with settings_change(letters=True, portal_url=ADDRESS, limits={"letter-address": Limit(1, 86_400)}):
        first, second = [ask(reader, document, email=MAIL.title()) for reader, document in documents]
    assert first[0] == 202
    assert (second[0], second[1]["code"]) == (429, "throttled")
    assert len(letters(anna)) == 1


@pytest.mark.parametrize(
    "email",
    [
        "",
        "anna",
        "anna@example",
        "Anna <anna@example.ru>",
        "anna@example.ru, boris@example.ru",
        "anna@example.ru\r\nBcc: boris@example.ru",
        "anna@example.ru\u0000",
    ],
)
def test_letter_to_no_address_is_refused(anna: Reader, email: str) -> None:
    status, told = ask(anna, anna.made(kind="slip"), email=email)
    assert (status, told["code"]) == (422, "wrong-address")
    assert letters(anna) == audited(anna) == []


def test_letter_of_what_cannot_be_opened_is_refused(anna: Reader, settings_change: SettingsChange) -> None:
    boris = reader_of(anna.papers, "boris", "+79001110002")
    made = anna.made(kind="slip")
    _, waiting = anna.ask(kind="slip")
    assert anna.state(str(waiting["id"]))["can_mail"] is False
    anna.papers.changes = {"inn": "0000123451"}
    failed = anna.made(kind="slip")
    answers = [
        ask(anna, str(uuid4())),
        ask(boris, made),
        ask(anna, failed),
        ask(anna, made, email="a" * 255),
        ask(anna, made, key="once"),
    ]
    with settings_change(letters=False):
        assert anna.state(made)["can_mail"] is False
        answers.append(ask(anna, made))
    anna.papers.portal.peek("UPDATE documents_document SET expires_at = now() WHERE id = %s", made)
    answers.append(ask(anna, made))
    assert [(status, told["code"]) for status, told in answers] == [
        (404, "not-found"),
        (404, "not-found"),
        (409, "document-failed"),
        (400, "bad-request"),
        (400, "bad-request"),
        (409, "no-letters"),
        (404, "not-found"),
    ]
    assert letters(anna) == audited(anna) == []


def test_letter_of_a_document_that_is_not_ready_waits(anna: Reader) -> None:
    _, told = anna.ask(kind="slip")
    status, refusal = ask(anna, str(told["id"]))
    assert (status, refusal["code"]) == (409, "not-ready")
    assert letters(anna) == []


@pytest.mark.parametrize("point", ["before-carrier", "after-carrier"])
def test_letter_of_a_killed_sender_leaves_at_least_once_with_one_id(anna: Reader, centre: Centre, point: str) -> None:
    ask(anna, anna.made(kind="slip"))
    anna.papers.send(centre, smtp=None, slots=1)  # the sign-in's code

    def killed(name: str) -> None:
        if name == point:
            raise KilledError(name)

    with pytest.raises(KilledError):
        anna.papers.send(centre, point=killed)
    assert letters(anna) == [("sending", None)]
    anna.papers.send(centre)
    assert letters(anna) == [("sending", None)]
    anna.papers.send(centre, later_s=31)
    assert letters(anna) == [("sent", None)]
    ids = [one.id for one in centre.journal() if one.title]
    assert len(set(ids)) == 1
    assert len(ids) == (2 if point == "after-carrier" else 1)


def test_letter_that_a_relay_refuses_for_now_leaves_later(anna: Reader, centre: Centre) -> None:
    ask(anna, anna.made(kind="slip"))
    anna.papers.send(centre, slots=1)
    centre.fail(refuse="for-now", times=1)
    anna.papers.send(centre)
    assert letters(anna) == [("queued", "text-451")]
    anna.papers.send(centre, later_s=5)
    assert letters(anna) == [("sent", None)]
    ask(anna, anna.made(kind="slip"))
    centre.fail(refuse="for-good", times=1)
    anna.papers.send(centre)
    assert letters(anna) == [("sent", None), ("failed", "text-550")]
    assert len([one for one in centre.journal() if one.title]) == 1


def test_letter_without_a_relay_fails_and_its_budget_is_its_own(anna: Reader, centre: Centre) -> None:
    for _ in range(2):
        ask(anna, anna.made(kind="slip"))
    anna.papers.send(centre, smtp=None, letters_per_hour=1)
    assert sorted(map(str, letters(anna))) == ["('failed', 'no-carrier')", "('queued', 'budget')"]
    assert len(centre.journal()) == 1  # the sign-in's code


def test_letter_that_is_sealed_to_no_address_goes_nowhere(anna: Reader, centre: Centre) -> None:
    ask(anna, anna.made(kind="slip"))
    now = datetime.now(UTC)
    key = entry(anna.papers.portal.keys.sender, not_before=now, not_after=now + timedelta(days=1))
    hostile = msgspec.json.encode({"email": "a@example.ru\r\nRCPT TO:<b@example.ru>"})
    sealed = seal(hostile, key, subject=binding.TO_SUBJECT, type=binding.TO_TYPE)
    anna.papers.portal.peek("UPDATE notices_message SET to_sealed = %s WHERE channel = 'email'", sealed)
    anna.papers.send(centre)
    assert letters(anna) == [("failed", "address-not-allowed")]
    (signal,) = anna.papers.portal.signals("input_validation_fail")
    assert signal["reason"] == "address-not-allowed"
    assert [one for one in centre.journal() if one.title] == []


def test_letters_have_a_channel_that_is_known_and_an_address_to_link_to(portal: Portal) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        portal.peek(
            "INSERT INTO notices_message (id, purpose, channel, to_sealed, body_sealed, expires_at)"
            " VALUES (gen_random_uuid(), 'document', 'pigeon', '', '', now())"
        )
    offered = msgspec.structs.replace(portal.config, letters=True)
    assert config_mistakes(offered) == ["letters: portal_url is needed for their links"]
    assert config_mistakes(msgspec.structs.replace(offered, portal_url=ADDRESS)) == []
