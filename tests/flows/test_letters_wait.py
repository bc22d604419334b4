"""A mail relay that is down for hours loses no letter, holds up no code, and is told of."""

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import pytest
from factories.paper_inside import Papers, Reader, reader_of
from factories.portal import Browser, Portal, SettingsChange
from factories.sms_centre import TOKEN, Centre
from factories.staff import staff_in

from okno.cabinet.notices.tasks.sender import Sender, SenderSettings
from okno.carriers.smtp import SmtpSettings
from okno.cli import letters_look
from okno.cli.instance.reach import Reach, ReachError
from okno.cli.letters_look import letter_troubles

ADDRESS = "https://portal.test.localhost"
PATIENCE_S = 60.0
HOUR_S = 3_600.0


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    twin = Centre(tmp_path)
    yield twin
    twin.stop()


@pytest.fixture
def anna(portal: Portal, tmp_path: Path, settings_change: SettingsChange) -> Iterator[Reader]:
    with settings_change(letters=True, portal_url=ADDRESS):
        yield reader_of(Papers(portal, tmp_path))


@pytest.fixture
def closed() -> Iterator[int]:
    """A port of this test's own where nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def letter(reader: Reader) -> None:
    document = reader.made(kind="slip")
    body = {"key": str(uuid4()), "email": "golubeva@example.ru"}
    assert reader.browser.send("POST", f"/api/documents/{document}/letter", body).status_code == 202
    code = reader.papers.portal.peek("UPDATE notices_message SET state = 'sent' WHERE channel = 'sms' RETURNING 1")
    assert code  # the sign-in's


def row(reader: Reader) -> SimpleNamespace:
    names = ("state", "last_error", "attempts", "doubts", "next_attempt_at", "created_at", "expires_at")
    [values] = reader.papers.portal.peek(f"SELECT {', '.join(names)} FROM notices_message WHERE channel = 'email'")  # noqa: S608 - constant
    return SimpleNamespace(**dict(zip(names, values, strict=True)))


def turn(reader: Reader, centre: Centre, **changes: object) -> SimpleNamespace:
    """The sender's next turn, when the letter is due; what the letter is then."""
    ahead = (row(reader).next_attempt_at - datetime.now(UTC)).total_seconds()
    reader.papers.send(centre, later_s=ahead + 0.001, **changes)
    return row(reader)


def ids(centre: Centre) -> list[str]:
    return [one.id for one in centre.journal() if one.title]


def test_a_relay_that_is_away_for_a_day_loses_nothing(anna: Reader, centre: Centre, closed: int) -> None:
    letter(anna)
    away = {"smtp": centre.mail(port=closed), "letter_backoff_s_max": 2 * HOUR_S}
    found = row(anna)
    while found.next_attempt_at < found.created_at + timedelta(days=1):
        found = turn(anna, centre, **away)
        assert (found.state, found.last_error) == ("queued", "unreachable: ConnectionRefusedError")
    assert found.attempts > 20  # an SMS is over by then
    assert ids(centre) == []
    assert turn(anna, centre).state == "sent"
    assert len(ids(centre)) == 1


def test_a_letter_is_given_up_with_its_time_and_says_why(
    anna: Reader, centre: Centre, closed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    letter(anna)
    away = {"smtp": centre.mail(port=closed), "letter_backoff_s_max": 30 * HOUR_S, "backoff_s_min": 20 * HOUR_S}
    found = row(anna)
    assert found.expires_at - found.created_at > timedelta(days=1, hours=23)
    for _ in range(2):
        found = turn(anna, centre, **away)
    assert (found.state, found.next_attempt_at) == ("queued", found.expires_at)
    found = turn(anna, centre, **away)
    assert (found.state, found.last_error) == ("failed", "expired: unreachable: ConnectionRefusedError")
    assert "letter-given-up" in capsys.readouterr().out
    assert turn(anna, centre).state == "failed"
    assert ids(centre) == []


def test_a_letter_without_an_answer_goes_out_again_under_one_id_and_not_often(anna: Reader, centre: Centre) -> None:
    letter(anna)
    for doubts, pause_s in enumerate((60, 120, 240)):
        before = row(anna).next_attempt_at
        centre.fail(lose_answer=True, times=1)
        found = turn(anna, centre)
        assert (found.state, found.doubts) == ("sending", doubts)
        assert timedelta(0) <= found.next_attempt_at - before - timedelta(seconds=pause_s) < timedelta(seconds=pause_s)
    assert turn(anna, centre).state == "sent"
    assert len(ids(centre)) == 4
    assert len(set(ids(centre))) == 1


class Mute:
    """A relay that takes every call and never says a word."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=16)
        self.port = self._listener.getsockname()[1]
        self._calls: list[socket.socket] = []
        self._thread = threading.Thread(target=self._take)
        self._thread.start()

    @property
    def calls(self) -> int:
        return len(self._calls)

    def _take(self) -> None:
        while True:
            try:
                self._calls.append(self._listener.accept()[0])
            except OSError:
                return

    def stop(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        for call in self._calls:
            call.close()


def until(what: str, met: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not met():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def test_letters_at_a_mute_relay_hold_up_no_code(anna: Reader, centre: Centre) -> None:
    portal, mute = anna.papers.portal, Mute()
    for _ in range(4):
        letter(anna)
    relay = SmtpSettings(
        host="127.0.0.1", port=mute.port, security="plain", origin="okno@example.org", answer_timeout_ms=600_000
    )
    settings = SenderSettings(
        dsn=portal.database.dsn("sender"),
        opening_key=str(anna.papers.folder / "sender.open"),
        sms_url=centre.url,
        sms_token=TOKEN,
        smtp=relay,
        lease_s=900.0,
    )
    sender = Sender(settings)
    sender.start()
    try:
        until("two letters at the relay", lambda: mute.calls == settings.letter_slots)
        portal.peek("UPDATE notices_message SET state = 'queued' WHERE channel = 'sms'")
        portal.peek("SELECT pg_notify('okno_notice', '')")
        until("the code has left", lambda: any(not one.title for one in centre.journal()))
        assert mute.calls == settings.letter_slots  # they are held there still
    finally:
        mute.stop()
        sender.stop()


def waiting(browser: Browser) -> str | None:
    """What the desk's first page says beside the messages."""
    page = browser.get("/").content.decode()
    found = re.search(r'noticerow/">[^<]+</a>\s*(?:<span class="waiting">ждут: (\d+)</span>)?', page)
    assert found is not None
    return found.group(1)


def test_the_doctor_and_the_desk_say_that_letters_wait(
    anna: Reader, centre: Centre, closed: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    portal, vera = anna.papers.portal, staff_in(anna.papers.portal, "auditor", login="vera")
    monkeypatch.setattr(letters_look, "reach_of", lambda _: Reach("", portal.database.dsn("owner")))
    letter(anna)
    anna.papers.send(centre, smtp=centre.mail(port=closed))
    assert (list(letter_troubles(tmp_path)), waiting(vera)) == ([], None)  # it may leave at the next try
    portal.peek("UPDATE notices_message SET created_at = created_at - interval '1 hour' WHERE channel = 'email'")
    [line] = letter_troubles(tmp_path)
    assert re.fullmatch(
        r"Letters wait for the mail relay: 1, the oldest since \d{4}-\d\d-\d\d \d\d:\d\d \S+"
        r" \(unreachable: ConnectionRefusedError\): see smtp in the sender's settings and"
        r" docs/how-to/send-letters\.md\.",
        line,
    )
    assert waiting(vera) == "1"
    portal.peek("UPDATE notices_message SET expires_at = now(), next_attempt_at = now() WHERE channel = 'email'")
    anna.papers.send(centre)
    [line] = letter_troubles(tmp_path)
    assert line == (
        "Letters given up within the last day: 1 (expired: unreachable: ConnectionRefusedError): see smtp in the"
        " sender's settings and docs/how-to/send-letters.md."
    )
    assert waiting(vera) == "1"
    portal.peek("UPDATE notices_message SET expires_at = now() - interval '2 days' WHERE channel = 'email'")
    assert (list(letter_troubles(tmp_path)), waiting(vera)) == ([], None)


def test_without_a_database_the_doctor_says_nothing_of_letters(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def away(_: Path) -> Reach:
        raise ReachError("away")

    monkeypatch.setattr(letters_look, "reach_of", away)
    assert list(letter_troubles(tmp_path)) == []
