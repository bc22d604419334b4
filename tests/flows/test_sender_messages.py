"""A sealed message reaches the carrier at most once, to an allowed number, within its term and the budget."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest
from factories.read_model import Database, KilledError
from factories.sms_centre import TOKEN, Centre
from factories.wire import House, opening
from psycopg.rows import dict_row

from okno.cabinet.kit import notice_binding as binding
from okno.cabinet.kit.processes.dispatcher import pass_by
from okno.cabinet.notices.tasks import phones
from okno.cabinet.notices.tasks.sender import LOOKS_MAX, NoticeDesk, Sender, SenderSettings
from okno.carriers.port import Accepted, Carrier, NoAnswer
from okno.protocol.ids import new_id
from okno.protocol.keys import entry
from okno.protocol.sealing import seal

PHONE = "+79161234501"
CODE = "482913"
PATIENCE_S = 20.0
SUBJECT = "flow:019a0000-0000-7000-8000-0000000000a1"


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    twin = Centre(tmp_path)
    yield twin
    twin.stop()


@dataclass
class Post:
    """The sender's table, its key and its clock."""

    database: Database
    folder: Path
    house: House = field(default_factory=House)
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __post_init__(self) -> None:
        (self.folder / "sender.open").write_bytes(self.house.sender_open.dump())

    def clock(self) -> datetime:
        return self.now

    def later(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def settings(self, centre: Centre, **changes: object) -> SenderSettings:
        given = {
            "dsn": self.database.dsn("sender"),
            "opening_key": str(self.folder / "sender.open"),
            "sms_url": centre.url,
            "sms_token": TOKEN,
        }
        return SenderSettings(**{**given, **changes})  # type: ignore[arg-type]

    def put(self, *, phone: str = PHONE, text: str = f"Код {CODE}", **changes: object) -> str:
        """A message as web and worker write it."""
        message = new_id()
        given = {
            "id": message,
            "purpose": "signin",
            "channel": "sms",
            "to_sealed": self.sealed({"phone": phone}, binding.TO_SUBJECT, binding.TO_TYPE),
            "body_sealed": self.sealed({"text": text}, binding.body_subject(message), binding.BODY_TYPE),
            "created_at": self.now,
            "next_attempt_at": self.now,
            "expires_at": self.now + timedelta(minutes=5),
        } | changes
        names = ", ".join(given)
        self.execute(
            f"INSERT INTO notices_message ({names}) VALUES ({', '.join(['%s'] * len(given))})",  # noqa: S608 - constant
            *given.values(),
        )
        return message

    def sealed(self, content: object, subject: str, type_: str) -> str:
        key = entry(self.house.sender_open, not_before=self.now, not_after=self.now + timedelta(days=1))
        return seal(msgspec.json.encode(content), key, subject=subject, type=type_)

    def round(self, settings: SenderSettings, carrier: Carrier, *, kill_at: str | None = None) -> None:
        """Claim, send, mark, once; `kill_at` ends the sender at that failpoint."""

        def point(name: str) -> None:
            if name == kill_at:
                raise KilledError(name)

        desk = NoticeDesk(settings, {"sms": carrier}, clock=self.clock, point=point if kill_at else pass_by)
        with psycopg.connect(settings.dsn) as connection:
            errands = desk.claim(connection, settings.slots, self.now)
            connection.commit()
            if kill_at == "after-claim":
                raise KilledError(kill_at)
            backs = [desk.work(errand) for errand in errands]
            if kill_at == "before-mark":
                raise KilledError(kill_at)
            desk.mark(connection, backs, self.now)
            if kill_at == "before-commit":
                raise KilledError(kill_at)

    def row(self, message: str) -> dict[str, Any]:
        (found,) = self.rows("SELECT * FROM notices_message WHERE id = %s", message)
        return found

    def rows(self, sql: str, *parameters: object) -> list[dict[str, Any]]:
        with psycopg.connect(self.database.superuser_dsn(), row_factory=dict_row) as connection:
            return connection.execute(sql.encode(), parameters).fetchall()

    def execute(self, sql: str, *parameters: object) -> None:
        with psycopg.connect(self.database.superuser_dsn()) as connection:
            connection.execute(sql.encode(), parameters)


@pytest.fixture
def post(cabinet_database: Database, tmp_path: Path) -> Post:
    return Post(cabinet_database, tmp_path)


def test_a_message_is_opened_sent_and_noted(post: Post, centre: Centre, capsys: pytest.CaptureFixture[str]) -> None:
    message = post.put()
    post.round(post.settings(centre), centre.carrier())
    row = post.row(message)
    assert (row["state"], row["carrier_id"], row["attempts"], row["last_error"]) == ("sent", "smsc-00000001", 1, None)
    (accepted,) = centre.journal()
    assert (accepted.id, accepted.to, accepted.text) == (message, PHONE, f"Код {CODE}")
    said = "".join(capsys.readouterr())
    assert message in said
    assert PHONE not in said
    assert CODE not in said


@pytest.mark.parametrize("point", ["after-claim", "before-carrier", "after-carrier", "before-mark", "before-commit"])
@pytest.mark.parametrize("forgetful", [False, True])
def test_a_sender_killed_anywhere_sends_at_most_once(
    post: Post, centre: Centre, point: str, *, forgetful: bool
) -> None:
    centre.fail(forgetful=forgetful)
    message, settings = post.put(), post.settings(centre)
    with pytest.raises(KilledError):
        post.round(settings, centre.carrier(), kill_at=point)
    assert post.row(message)["state"] == "sending"
    # Whoever comes while the lease lasts leaves the row alone.
    post.round(settings, centre.carrier())
    assert post.row(message)["state"] == "sending"
    post.later(30)
    post.round(settings, centre.carrier())
    assert post.row(message)["state"] == "sent"
    assert [one.id for one in centre.journal()] == [message]


@pytest.mark.parametrize("forgetful", [False, True])
def test_a_lost_answer_is_asked_for_and_not_sent_again(post: Post, centre: Centre, *, forgetful: bool) -> None:
    centre.fail(lose_answer=True, forgetful=forgetful, times=1)
    message, settings = post.put(), post.settings(centre)
    post.round(settings, centre.carrier())
    assert post.row(message)["state"] == "sending"
    post.later(5)
    post.round(settings, centre.carrier())
    assert (post.row(message)["state"], post.row(message)["carrier_id"]) == ("sent", "smsc-00000001")
    assert len(centre.journal()) == 1


def test_a_refusal_for_now_is_tried_again_and_one_for_good_is_not(post: Post, centre: Centre) -> None:
    message, settings = post.put(), post.settings(centre)
    centre.fail(refuse="for-now", times=2)
    for _ in range(2):
        post.round(settings, centre.carrier())
        assert (post.row(message)["state"], post.row(message)["last_error"]) == ("queued", "status-503")
        post.later(10)
    post.round(settings, centre.carrier())
    assert post.row(message)["state"] == "sent"
    hopeless = post.put()
    centre.fail(refuse="for-good")
    post.round(settings, centre.carrier())
    assert (post.row(hopeless)["state"], post.row(hopeless)["last_error"]) == ("failed", "status-422")


def test_a_code_is_not_sent_after_its_term(post: Post, centre: Centre) -> None:
    late = post.put(expires_at=post.now)
    settings = post.settings(centre)
    post.round(settings, centre.carrier())
    doubtful = post.put(state="sending", expires_at=post.now)
    post.round(settings, centre.carrier())
    for message in (late, doubtful):
        assert (post.row(message)["state"], post.row(message)["last_error"]) == ("failed", "expired")
    assert centre.journal() == []


def test_a_silent_carrier_leaves_the_message_in_doubt_until_it_is_given_up(post: Post, centre: Centre) -> None:
    class Silent:
        def send(self, message_id: str, phone: str, text: str) -> Accepted:
            raise AssertionError(f"sent although in doubt: {message_id} {len(phone)} {len(text)}")

        def find(self, message_id: str) -> Accepted | None:
            raise NoAnswer(message_id[:0] or "status-500")

    message, settings = post.put(state="sending"), post.settings(centre, attempts_max=3)
    for _ in range(3):
        post.round(settings, Silent())
        post.later(60)
    assert (post.row(message)["state"], post.row(message)["last_error"]) == ("failed", "status-500")


@pytest.mark.parametrize(
    "phone",
    [
        "+74951234567",  # a fixed line
        "+78001234567",  # toll-free
        "+78091234567",  # premium
        "+77011234567",  # mobile, of Kazakhstan, under the same country code
        "+14155552671",
        "+447700900123",
        "+375291234567",
        "+8816311112222",  # satellite
        "+7916123450",  # too short
        "89161234501",  # not international
        "+79161234501;ext=5",
        "nonsense",
    ],
)
def test_no_message_leaves_for_a_number_off_the_list(post: Post, centre: Centre, phone: str) -> None:
    message = post.put(phone=phone)
    post.round(post.settings(centre), centre.carrier())
    assert (post.row(message)["state"], post.row(message)["last_error"]) == ("failed", "phone-not-allowed")
    assert centre.journal() == []
    (signal,) = post.rows("SELECT * FROM kit_signal")
    assert signal["detail"] == {"message": message, "reason": "phone-not-allowed"}


def test_the_list_is_by_region_and_speaks_e164() -> None:
    assert phones.allowed("+7 916 123-45-01", {"RU"}) == PHONE
    assert phones.allowed(PHONE, {"KZ"}) is None


def test_the_budget_stops_the_flood_and_is_told(post: Post, centre: Centre) -> None:
    settings = post.settings(centre, budget_per_hour=10, slots=7)
    messages = [post.put() for _ in range(14)]
    for _ in range(4):
        post.round(settings, centre.carrier())
    assert len(centre.journal()) == 10
    waiting = [row for row in (post.row(message) for message in messages) if row["state"] == "queued"]
    assert {(row["last_error"], row["attempts"]) for row in waiting} == {("budget", 0)}
    assert {row["next_attempt_at"] for row in waiting} == {post.now + timedelta(seconds=360)}
    assert [one["detail"]["state"] for one in post.rows("SELECT detail FROM kit_signal ORDER BY seq")] == ["exhausted"]
    post.later(360)
    post.execute("UPDATE notices_message SET expires_at = %s", post.now + timedelta(minutes=5))
    post.round(settings, centre.carrier())
    assert len(centre.journal()) == 11


def test_the_low_budget_is_told_before_it_ends(post: Post, centre: Centre) -> None:
    settings = post.settings(centre, budget_per_hour=10, slots=9)
    for _ in range(9):
        post.put()
    post.round(settings, centre.carrier())
    assert [one["detail"]["state"] for one in post.rows("SELECT detail FROM kit_signal")] == ["low"]


def test_what_is_not_sealed_for_this_message_and_sender_is_not_sent(post: Post, centre: Centre) -> None:
    stranger = entry(opening("sender", "other-sender"), not_before=post.now, not_after=post.now + timedelta(days=1))
    other = post.sealed({"text": "x"}, binding.body_subject(new_id()), binding.BODY_TYPE)
    cases = {
        post.put(body_sealed=other): "sealed-binding",
        post.put(to_sealed=seal(b"{}", stranger, subject=binding.TO_SUBJECT, type=binding.TO_TYPE)): "sealed-key",
        post.put(to_sealed=post.sealed({"fone": 1}, binding.TO_SUBJECT, binding.TO_TYPE)): "content",
    }
    settings = post.settings(centre)
    post.round(settings, centre.carrier())
    assert {message: post.row(message)["last_error"] for message in cases} == cases
    assert centre.journal() == []


def test_a_blank_is_thrown_away_without_a_trace_at_the_carrier(post: Post, centre: Centre) -> None:
    message = post.put(phone="", text="")
    post.round(post.settings(centre), centre.carrier())
    assert (post.row(message)["state"], post.row(message)["carrier_id"]) == ("sent", None)
    assert centre.journal() == []


def from_inside(post: Post, phone: str = PHONE, text: str = f"Код {CODE}", **changes: object) -> str:
    """A message as the registrar writes it: one part, sealed inside."""
    sealed = post.sealed({"phone": phone, "text": text}, SUBJECT, binding.WHOLE_TYPE)
    return post.put(**{"to_sealed": None, "body_sealed": sealed, "subject": SUBJECT, **changes})


def test_what_the_inside_wrote_is_sent_like_any_other(post: Post, centre: Centre) -> None:
    message = from_inside(post)
    post.round(post.settings(centre), centre.carrier())
    assert post.row(message)["state"] == "sent"
    [accepted] = centre.journal()
    assert (accepted.id, accepted.to, accepted.text) == (message, PHONE, f"Код {CODE}")


def test_blanks_of_the_inside_cost_nobody_his_code(post: Post, centre: Centre) -> None:
    blanks = [from_inside(post, "", "") for _ in range(30)]
    message = post.put()
    post.round(post.settings(centre, budget_per_hour=1, slots=4), centre.carrier())
    assert {post.row(blank)["state"] for blank in blanks} == {"sent"}
    assert post.row(message)["state"] == "sent"
    assert [one.id for one in centre.journal()] == [message]
    assert post.rows("SELECT DISTINCT scope FROM kit_bucket") == [{"scope": "sms-sender-hour"}]


def test_more_blanks_than_one_look_finds_leave_work_for_the_next(post: Post, centre: Centre) -> None:
    for _ in range(LOOKS_MAX + 1):
        from_inside(post, "", "")
    settings = post.settings(centre, slots=1)
    post.round(settings, centre.carrier())
    assert post.rows("SELECT count(*) FROM notices_message WHERE state = 'queued'") == [{"count": 1}]
    post.round(settings, centre.carrier())
    assert post.rows("SELECT DISTINCT state FROM notices_message") == [{"state": "sent"}]


@pytest.mark.parametrize(
    ("limits", "scope"),
    [
        ({"phone_per_minute": 2}, "sms-inside-minute"),
        ({"phone_per_minute": 9, "phone_per_hour": 2}, "sms-inside-hour"),
        ({"phone_per_minute": 9, "phone_per_hour": 9, "phone_per_day": 2}, "sms-inside-day"),
    ],
)
def test_one_phone_gets_only_so_many_of_them(post: Post, centre: Centre, limits: dict[str, int], scope: str) -> None:
    settings = post.settings(centre, **limits)
    messages = [from_inside(post, phone) for phone in (PHONE, "+7 916 123-45-01", PHONE, "+79161234502")]
    post.round(settings, centre.carrier())
    assert [post.row(message)["last_error"] for message in messages] == [None, None, "phone-budget", None]
    assert len(centre.journal()) == 3
    assert [one["detail"] for one in post.rows("SELECT detail FROM kit_signal")] == [{"scope": scope}]
    assert all(PHONE[1:] not in row["key"] for row in post.rows("SELECT key FROM kit_bucket"))
    post.later(86_400)
    later = from_inside(post)
    post.round(settings, centre.carrier())
    assert post.row(later)["state"] == "sent"


def test_what_the_inside_wrote_for_another_question_or_number_is_not_sent(post: Post, centre: Centre) -> None:
    cases = {
        from_inside(post, subject="flow:other"): "sealed-binding",
        from_inside(post, "+74951234567"): "phone-not-allowed",
        from_inside(post, body_sealed=post.sealed({"fone": 1}, SUBJECT, binding.WHOLE_TYPE)): "content",
    }
    post.round(post.settings(centre), centre.carrier())
    assert {message: post.row(message)["last_error"] for message in cases} == cases
    assert centre.journal() == []


def test_a_message_is_bound_by_one_of_two_ways(post: Post) -> None:
    for changes in ({"to_sealed": None}, {"subject": SUBJECT}):
        with pytest.raises(psycopg.errors.CheckViolation):
            post.put(**changes)


def test_a_fault_of_ours_leaves_the_message_in_doubt(post: Post, centre: Centre) -> None:
    message, settings = post.put(), post.settings(centre)
    desk = NoticeDesk(settings, {"sms": centre.carrier()}, clock=post.clock)
    with psycopg.connect(settings.dsn) as connection:
        (errand,) = desk.claim(connection, 1, post.now)
        desk.mark(connection, [desk.broken(errand, RuntimeError("bug"))], post.now)
        assert desk.due(connection) == post.now + timedelta(seconds=1)
    assert (post.row(message)["state"], post.row(message)["last_error"]) == ("sending", "RuntimeError")


def test_the_process_sends_at_the_bell_and_two_share_the_work(post: Post, centre: Centre) -> None:
    settings = post.settings(centre)
    senders = [Sender(settings), Sender(settings)]
    for sender in senders:
        sender.start()
    messages = set()
    for _ in range(20):
        messages.add(post.put())
        post.execute("SELECT pg_notify('okno_notice', '')")
    deadline = time.monotonic() + PATIENCE_S
    while len(centre.journal()) < 20:
        assert time.monotonic() < deadline, "not sent in time"
        threading.Event().wait(0.02)
    for sender in senders:
        sender.stop()
    assert sorted(one.id for one in centre.journal()) == sorted(messages)
    assert {row["state"] for row in post.rows("SELECT state FROM notices_message")} == {"sent"}
