"""An act's line that a customer disagrees with: raised once, taken and answered at the desk, read beside the line."""

from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import psycopg
import pytest
from factories.django_ready import HttpResponse
from factories.paper_inside import MONTH, Papers, Reader, reader_of
from factories.portal import Browser, Portal, SettingsChange, at_once
from factories.staff import staff_in, staff_sending

from okno.cabinet.accounts.selectors import NotFoundError
from okno.cabinet.config.instance import CabinetConfig, Limit
from okno.cabinet.documents.services.appeals import TEXT_CHARS_MAX, appeal_answer, appeal_take, appeal_told
from okno.cabinet.kit.problems import RefusalError
from okno.protocol.ids import new_id

LIST = "/desk/appealrow/"
NOTE = "Платил дважды: Иванов, <b>1 500</b>"
ANSWER = "Второй платёж от 13 октября нашли.\nЗачислим его завтра."
ADDRESS = "https://portal.example.ru"
MOSCOW = ZoneInfo("Europe/Moscow")


@pytest.fixture
def anna(portal: Portal, tmp_path: Path) -> Reader:
    return reader_of(Papers(portal, tmp_path))


@pytest.fixture
def act(anna: Reader) -> str:
    """Her act of a month, with three lines."""
    return anna.made(kind="reconciliation", **MONTH)


def objects(reader: Reader, act: str, line: int = 2, note: str = NOTE) -> HttpResponse:
    return reader.browser.send("POST", f"/api/documents/{act}/appeals", {"line": line, "note": note})


def appeals(reader: Reader, act: str) -> list[dict[str, object]]:
    answer = reader.browser.send("GET", f"/api/documents/{act}/appeals")
    assert answer.status_code == 200, answer.content
    told: list[dict[str, object]] = answer.json()
    return told


def page(browser: Browser, path: str = LIST) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200, (path, answer.content)
    return str(answer.content.decode())


def only(portal: Portal) -> UUID:
    """The id of the one appeal that there is."""
    [(found,)] = portal.peek("SELECT id FROM documents_appeal")
    assert isinstance(found, UUID)
    return found


def audited(portal: Portal) -> list[tuple[object, ...]]:
    return portal.peek("SELECT action, actor FROM kit_audit WHERE action LIKE 'appeal%%' ORDER BY seq")


def stored(portal: Portal) -> list[tuple[object, ...]]:
    return portal.peek("SELECT state, owner, answer, answered_by, answered_at FROM documents_appeal")


def test_appeal_goes_from_the_customer_to_the_desk_and_back(
    anna: Reader, act: str, settings_change: SettingsChange
) -> None:
    portal = anna.papers.portal
    olga = staff_sending(portal, "cashier")
    assert "ждут:" not in page(olga, "/")
    assert objects(anna, act).status_code == 201
    [told] = appeals(anna, act)
    assert (told["line"], told["state"], told["note"], told["number"]) == (2, "new", NOTE, 1001)
    today = datetime.now(MOSCOW).date()
    assert told["answer_by"] in {str(today + timedelta(days=days)) for days in (9, 10)}  # raised before midnight
    assert told["is_late"] is False
    assert (told["taken_at"], told["answer"], told["answered_at"]) == (None, None, None)

    assert '<span class="waiting">ждут: 1</span>' in page(olga, "/")
    listed = page(olga)
    wanted = ("№\u00a01001", "··· 0017 (main)", "новое", "15,00", "сегодня", f"{LIST}{only(portal)}/")
    assert [word for word in wanted if word not in listed] == []
    at = f"{LIST}{only(portal)}/"
    shown = page(olga, at)
    assert "Платил дважды: Иванов, &lt;b&gt;1 500&lt;/b&gt;" in shown
    assert "Ответить клиенту" not in shown
    assert olga.post(at, {"act": "take"}).status_code == 302
    assert ("в работе" in page(olga, at), 'field-who">olga<' in page(olga)) == (True, True)
    assert "Взять себе" not in page(olga, at)
    assert appeals(anna, act)[0]["state"] == "taken"
    before = len(portal.sms())
    with settings_change(portal_url=ADDRESS):
        assert olga.post(at, {"act": "answer", "answer": ANSWER.replace("\n", "\r\n")}).status_code == 302

    [told] = appeals(anna, act)
    assert (told["state"], told["answer"]) == ("answered", ANSWER)
    assert told["answered_at"] is not None
    [(phone, text)] = portal.sms()[before:]
    assert phone == "+79001110001"
    assert text == (
        f"Мы ответили на ваше обращение № 1001 по акту сверки. Ответ в личном кабинете: {ADDRESS}/documents/{act}"
    )
    shown = page(olga, at)
    assert ("клиент видит его в акте" in shown, "Зачислим его завтра." in shown) == (True, True)
    assert ("Взять себе" in shown, "Ответить клиенту" in shown) == (False, False)
    assert "ждут:" not in page(olga, "/")
    assert audited(portal) == [
        ("appeal.raise", f"user:{anna.user}"),
        ("appeal.take", "staff:1"),
        ("appeal.answer", "staff:1"),
    ]


def test_appeal_is_told_in_the_customers_language_and_without_an_address_without_a_link(anna: Reader, act: str) -> None:
    portal = anna.papers.portal
    assert anna.browser.send("PATCH", "/api/profile", {"locale": "en"}).status_code == 200
    objects(anna, act)
    appeal_take(staff=1, appeal_id=only(portal))
    appeal_answer(staff=1, appeal_id=only(portal), answer=ANSWER)
    text = "We have answered your appeal No. 1001 about a reconciliation statement. See your account."
    assert portal.sms()[-1] == ("+79001110001", text)


def test_appeal_to_somebody_who_is_shut_out_is_answered_in_silence(anna: Reader, act: str) -> None:
    portal = anna.papers.portal
    objects(anna, act)
    portal.peek("UPDATE identity_user SET is_active = false")
    before = portal.sms()
    appeal_take(staff=1, appeal_id=only(portal))
    appeal_answer(staff=1, appeal_id=only(portal), answer=ANSWER)
    assert portal.sms() == before
    assert stored(portal)[0][0] == "answered"


def test_appeal_against_a_line_is_one(anna: Reader, act: str) -> None:
    statuses = [objects(anna, act).status_code, objects(anna, act, note="Ещё раз").status_code]
    assert statuses == [201, 409]
    assert objects(anna, act).json()["code"] == "already-said"
    tabs = [anna.browser.twin() for _ in range(4)]
    body = {"line": 3, "note": NOTE}
    got = at_once(4, lambda place: tabs[place].send("POST", f"/api/documents/{act}/appeals", body).status_code)
    assert sorted(got) == [201, 409, 409, 409]
    assert [(one["line"], one["note"]) for one in appeals(anna, act)] == [(2, NOTE), (3, NOTE)]


def test_appeal_words_of_two_lines_at_once_are_both_kept(anna: Reader, act: str) -> None:
    anna.papers.portal.peek("DELETE FROM kit_subject_key")
    tabs = [anna.browser.twin() for _ in range(3)]
    path = f"/api/documents/{act}/appeals"
    got = at_once(3, lambda place: tabs[place].send("POST", path, {"line": place + 1, "note": NOTE}).status_code)
    assert got == [201] * 3
    assert [one["note"] for one in appeals(anna, act)] == [NOTE] * 3


@pytest.mark.parametrize(
    ("line", "note", "status", "code"),
    [
        (2, "", 422, "words-wrong"),
        (2, " \r\n ", 422, "words-wrong"),
        (2, "я" * (TEXT_CHARS_MAX + 1), 422, "words-wrong"),
        (4, NOTE, 400, "bad-request"),
        (0, NOTE, 400, "bad-request"),
    ],
)
def test_appeal_that_cannot_be_says_why_and_leaves_nothing(
    anna: Reader, act: str, line: int, note: str, status: int, code: str
) -> None:
    answer = objects(anna, act, line, note)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    slip = anna.made(kind="slip")
    assert objects(anna, slip, 1).status_code == 400
    assert anna.papers.portal.peek("SELECT 1 FROM documents_appeal") == []
    assert audited(anna.papers.portal) == []


def test_appeal_may_be_as_long_as_is_said(anna: Reader, act: str) -> None:
    assert objects(anna, act, note="я" * TEXT_CHARS_MAX).status_code == 201
    assert appeals(anna, act)[0]["note"] == "я" * TEXT_CHARS_MAX


def test_appeals_are_not_raised_without_end(anna: Reader, act: str, settings_change: SettingsChange) -> None:
    with settings_change(limits={"appeal-raise": Limit(1, 600)}):
        assert [objects(anna, act, line).status_code for line in (1, 2)] == [201, 429]
    assert len(anna.papers.portal.peek("SELECT 1 FROM documents_appeal")) == 1


def test_appeal_of_another_is_not_there(anna: Reader, act: str) -> None:
    objects(anna, act)
    boris = reader_of(anna.papers, "boris", "+79001110002")
    assert objects(boris, act, 1).status_code == 404
    assert boris.browser.send("GET", f"/api/documents/{act}/appeals").status_code == 404
    assert len(anna.papers.portal.peek("SELECT 1 FROM documents_appeal")) == 1


def test_appeal_is_answered_once_by_two_at_once(anna: Reader, act: str) -> None:
    portal = anna.papers.portal
    objects(anna, act)
    appeal = only(portal)
    appeal_take(staff=1, appeal_id=appeal)
    before = len(portal.sms())

    def answers(place: int) -> str:
        try:
            appeal_answer(staff=place, appeal_id=appeal, answer=f"Ответ {place}")
        except RefusalError as error:
            return str(error.refusal.value)
        return "answered"

    got = at_once(4, answers)
    assert sorted(got) == ["answered", "wrong-step", "wrong-step", "wrong-step"]
    winner = got.index("answered")
    assert appeals(anna, act)[0]["answer"] == f"Ответ {winner}"
    assert [row[3] for row in stored(portal)] == [f"staff:{winner}"]
    assert len(portal.sms()) == before + 1
    assert [row for row in audited(portal) if row[0] == "appeal.answer"] == [("appeal.answer", f"staff:{winner}")]


def test_appeal_that_a_colleague_has_answered_says_so_to_the_second(anna: Reader, act: str) -> None:
    portal = anna.papers.portal
    objects(anna, act)
    olga, vera = staff_sending(portal, "cashier"), staff_sending(portal, "senior", login="vera")
    at = f"{LIST}{only(portal)}/"
    assert olga.post(at, {"act": "take"}).status_code == 302
    # In work it may pass from hand to hand.
    assert vera.post(at, {"act": "take"}).status_code == 302
    assert vera.post(at, {"act": "answer", "answer": ANSWER}).status_code == 302
    for act_of_hers in ("answer", "take"):
        late = olga.post(at, {"act": act_of_hers, "answer": "Другой"})
        assert (late.status_code, "Обновите страницу" in late.content.decode()) == (400, True)
    assert [row[:2] + row[3:4] for row in stored(portal)] == [("answered", "staff:2", "staff:2")]
    assert appeals(anna, act)[0]["answer"] == ANSWER


@pytest.mark.parametrize("answer", ["", " ", "я" * (TEXT_CHARS_MAX + 1)])
def test_answer_without_words_or_too_long_is_refused_and_stays_typed(anna: Reader, act: str, answer: str) -> None:
    portal = anna.papers.portal
    objects(anna, act)
    olga = staff_sending(portal, "cashier")
    at = f"{LIST}{only(portal)}/"
    olga.post(at, {"act": "take"})
    refused = olga.post(at, {"act": "answer", "answer": answer})
    assert refused.status_code == 400
    assert "от одного до 2000 знаков" in refused.content.decode()
    assert f"\n{answer}</textarea>" in refused.content.decode()
    assert [row[0] for row in stored(portal)] == ["taken"]


def test_appeal_is_not_answered_before_somebody_has_taken_it(anna: Reader, act: str) -> None:
    portal = anna.papers.portal
    objects(anna, act)
    olga = staff_sending(portal, "cashier")
    assert olga.post(f"{LIST}{only(portal)}/", {"act": "answer", "answer": ANSWER}).status_code == 400
    assert [row[:3] for row in stored(portal)] == [("new", "", None)]


def test_who_may_not_answer_reads_no_words_and_changes_nothing(anna: Reader, act: str) -> None:
    portal = anna.papers.portal
    objects(anna, act)
    ivan = staff_sending(portal, "auditor", login="ivan")
    at = f"{LIST}{only(portal)}/"
    assert "новое" in page(ivan)
    shown = page(ivan, at)
    assert ("Иванов" in shown, "Взять себе" in shown) == (False, False)
    for form in ({"act": "take"}, {"act": "answer", "answer": ANSWER}):
        assert ivan.post(at, form).status_code == 400
    assert [row[:3] for row in stored(portal)] == [("new", "", None)]
    assert [row[0] for row in audited(portal)] == ["appeal.raise"]


def test_appeals_stand_with_the_oldest_open_one_on_top(anna: Reader, act: str) -> None:
    portal = anna.papers.portal
    for line, days in ((1, 1), (2, 3), (3, 9)):
        assert objects(anna, act, line).status_code == 201
        portal.peek("UPDATE documents_appeal SET raised_at = now() - %s * interval '1 day' WHERE line = %s", days, line)
    [(answered,)] = portal.peek("SELECT id FROM documents_appeal WHERE line = 3")
    assert isinstance(answered, UUID)
    appeal_take(staff=1, appeal_id=answered)
    appeal_answer(staff=1, appeal_id=answered, answer=ANSWER)
    olga = staff_in(portal, "cashier")
    shown = page(olga)
    places = [shown.index(f">{days}\u00a0дн.<") for days in (3, 1, 9)]
    assert places == sorted(places)
    assert "9\u00a0дн." not in page(olga, f"{LIST}?state=new")
    assert "С такими условиями ничего нет." in page(olga, f"{LIST}?q=9999")


def test_appeal_has_a_number_of_its_own_and_is_found_by_it(anna: Reader, act: str) -> None:
    assert [objects(anna, act, line).status_code for line in (1, 2)] == [201, 201]
    assert [(one["line"], one["number"]) for one in appeals(anna, act)] == [(1, 1001), (2, 1002)]
    olga = staff_in(anna.papers.portal, "cashier")
    found = page(olga, f"{LIST}?q=1002")
    assert ("№\u00a01002" in found, "№\u00a01001" in found) == (True, False)
    assert "С такими условиями ничего нет." in page(olga, f"{LIST}?q=abc")
    [(second,)] = anna.papers.portal.peek("SELECT id FROM documents_appeal WHERE line = 2")
    assert "Обращение №\u00a01002: строка 2 акта" in page(olga, f"{LIST}{second}/")


def test_appeal_that_is_late_stands_first_is_marked_and_said_to_its_customer(anna: Reader, act: str) -> None:
    portal = anna.papers.portal
    olga = staff_in(portal, "cashier")
    for line in (1, 2, 3):
        assert objects(anna, act, line).status_code == 201
    assert "просрочено:" not in page(olga, "/")
    portal.peek("UPDATE documents_appeal SET due_at = now() - interval '36 hours' WHERE line = 3")
    portal.peek("UPDATE documents_appeal SET due_at = now() + interval '1 hour' WHERE line = 2")
    shown = page(olga)
    places = [shown.index(f"№\u00a0{number}<") for number in (1003, 1002, 1001)]
    assert places == sorted(places)
    assert shown.count("просрочено на 2\u00a0дн.") == 1
    counted = ('<span class="waiting">ждут: 3</span>', '<span class="late">просрочено: 1</span>')
    assert [count in page(olga, "/") for count in counted] == [True, True]
    listed = page(olga, f"{LIST}?state=late")
    assert [number for number in (1001, 1002, 1003) if f"№\u00a0{number}<" in listed] == [1003]
    assert [one["is_late"] for one in appeals(anna, act)] == [False, False, True]
    [(appeal,)] = portal.peek("SELECT id FROM documents_appeal WHERE line = 3")
    assert isinstance(appeal, UUID)
    appeal_take(staff=1, appeal_id=appeal)
    appeal_answer(staff=1, appeal_id=appeal, answer=ANSWER)
    assert [one["is_late"] for one in appeals(anna, act)] == [False, False, False]
    assert ("просрочено на" in page(olga), "просрочено:" in page(olga, "/")) == (False, False)


def test_term_of_an_appeal_is_a_setting_and_a_promise_once_made(
    anna: Reader, act: str, settings_change: SettingsChange
) -> None:
    with settings_change(appeal_days=30):
        objects(anna, act)
    ends = date.fromisoformat(str(appeals(anna, act)[0]["answer_by"]))
    assert ends - datetime.now(MOSCOW).date() > timedelta(days=28)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"appeal_days": 0}, CabinetConfig)


def test_open_appeal_keeps_its_act_and_an_answer_can_be_read_for_a_month(anna: Reader, act: str) -> None:
    portal = anna.papers.portal
    days = "SELECT round(extract(epoch FROM expires_at - now()) / 86400)::int FROM documents_document"
    assert portal.peek(days) == [(30,)]
    for line in (1, 2):
        assert objects(anna, act, line).status_code == 201
    assert portal.peek(days) == [(365,)]
    for left, (appeal,) in zip((365, 30), portal.peek("SELECT id FROM documents_appeal ORDER BY line"), strict=True):
        assert isinstance(appeal, UUID)
        appeal_take(staff=1, appeal_id=appeal)
        appeal_answer(staff=1, appeal_id=appeal, answer=ANSWER)
        assert portal.peek(days) == [(left,)]


def test_appeals_words_are_sealed_and_the_desk_opens_those_alone_who_appealed(anna: Reader, act: str) -> None:
    portal = anna.papers.portal
    portal.person(login="boris", phone="+79001110002", name="Борис")
    objects(anna, act)
    [(note,)] = portal.peek("SELECT note FROM documents_appeal")
    assert isinstance(note, bytes)
    assert "Иванов".encode() not in note
    with psycopg.connect(portal.database.dsn("desk")) as connection:
        assert connection.execute("SELECT subject FROM kit_subject_key").fetchall() == [(anna.user,)]
        for statement in (
            "UPDATE documents_appeal SET note = ''",
            "DELETE FROM documents_appeal",
            "DELETE FROM kit_subject_key",
            "SELECT phone_sealed FROM identity_user",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                connection.execute(statement)
    with psycopg.connect(portal.database.dsn("web")) as connection:
        assert connection.execute("SELECT 1 FROM documents_appeal").fetchall() == []
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("UPDATE documents_appeal SET state = 'answered'")


def test_appeal_whose_key_is_gone_can_be_neither_read_nor_answered(anna: Reader, act: str) -> None:
    portal = anna.papers.portal
    objects(anna, act)
    appeal = only(portal)
    appeal_take(staff=1, appeal_id=appeal)
    portal.peek("DELETE FROM kit_subject_key")
    assert "ключа этого клиента больше нет" in page(staff_in(portal, "cashier"), f"{LIST}{appeal}/")
    assert appeals(anna, act)[0]["note"] == ""
    with pytest.raises(RefusalError) as refused:
        appeal_answer(staff=1, appeal_id=appeal, answer=ANSWER)
    assert refused.value.refusal.value == "unavailable"
    assert [row[0] for row in stored(portal)] == ["taken"]


def test_appeal_that_is_not_there(portal: Portal) -> None:
    for deed in (
        lambda unknown: appeal_take(staff=1, appeal_id=unknown),
        lambda unknown: appeal_answer(staff=1, appeal_id=unknown, answer=ANSWER),
        appeal_told,
    ):
        with pytest.raises(NotFoundError):
            deed(UUID(new_id()))
    assert staff_in(portal, "cashier").get(f"{LIST}{new_id()}/").status_code == 404
