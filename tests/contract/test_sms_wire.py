"""The carrier and its twin speak one wire; what is certain and what is not is told apart."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import urllib3
from factories.sms_centre import TOKEN, Centre

from okno.carriers.http_sms import ANSWER_BYTES_MAX, HttpSms, HttpSmsSettings
from okno.carriers.port import Accepted, NoAnswer, NotAccepted

PHONE = "+79161234501"


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    twin = Centre(tmp_path)
    yield twin
    twin.stop()


def test_a_message_is_accepted_once_however_often_it_is_sent(centre: Centre) -> None:
    carrier = centre.carrier(origin="Окно")
    first = carrier.send("m-1", PHONE, "Код 482913")
    assert carrier.send("m-1", PHONE, "Код 482913") == first
    assert carrier.find("m-1") == first == Accepted("smsc-00000001")
    assert carrier.find("m-2") is None
    (message,) = centre.journal()
    assert (message.seq, message.id, message.to, message.text, message.origin) == (
        1,
        "m-1",
        PHONE,
        "Код 482913",
        "Окно",
    )


def test_the_journal_outlives_the_twin_and_drops_a_cut_line(tmp_path: Path) -> None:
    past = Centre(tmp_path)
    past.carrier().send("m-1", PHONE, "one")
    past.stop()
    with past.path.open("ab") as journal:
        journal.write(b'{"seq":2,"at":"20')
    reborn = Centre(tmp_path)
    assert reborn.carrier().find("m-1") == Accepted("smsc-00000001")
    assert reborn.carrier().send("m-2", PHONE, "two") == Accepted("smsc-00000002")
    assert [message.id for message in reborn.journal()] == ["m-1", "m-2"]
    reborn.stop()


def test_a_refusal_for_now_may_be_tried_again_and_one_for_good_not(centre: Centre) -> None:
    carrier = centre.carrier()
    centre.fail(refuse="for-now", times=1)
    with pytest.raises(NotAccepted) as refusal:
        carrier.send("m-1", PHONE, "text")
    assert (refusal.value.retryable, refusal.value.after_s) == (True, 1.0)
    centre.fail(refuse="for-good", times=2)
    for _ in range(2):
        with pytest.raises(NotAccepted) as refusal:
            carrier.send("m-1", PHONE, "text")
        assert (refusal.value.retryable, refusal.value.reason) == (False, "status-422")
    assert carrier.send("m-1", PHONE, "text") == Accepted("smsc-00000001")


def test_an_answer_that_is_lost_is_no_refusal(centre: Centre) -> None:
    carrier = centre.carrier()
    centre.fail(lose_answer=True, times=1)
    with pytest.raises(NoAnswer):
        carrier.send("m-1", PHONE, "text")
    assert carrier.find("m-1") == Accepted("smsc-00000001")
    assert len(centre.journal()) == 1


def test_an_answer_that_is_late_is_no_refusal(centre: Centre) -> None:
    centre.fail(delay_ms=600)
    with pytest.raises(NoAnswer):
        centre.carrier(answer_timeout_ms=100).send("m-1", PHONE, "text")
    centre.fail()
    assert centre.carrier().send("m-1", PHONE, "text") == Accepted("smsc-00000001")


def test_a_centre_without_idempotency_takes_a_repeat_as_new(centre: Centre) -> None:
    centre.fail(forgetful=True)
    carrier = centre.carrier()
    assert [carrier.send("m-1", PHONE, "text") for _ in range(2)] == [
        Accepted("smsc-00000001"),
        Accepted("smsc-00000002"),
    ]


@pytest.mark.parametrize(
    ("message_id", "phone", "text"),
    [
        ("m-1", "89161234501", "text"),
        ("m-1", PHONE, ""),
        ("m-1", PHONE, "x" * 671),
        ("", PHONE, "text"),
        ("m" * 65, PHONE, "text"),
    ],
)
def test_what_is_no_message_is_refused_for_good(centre: Centre, message_id: str, phone: str, text: str) -> None:
    with pytest.raises(NotAccepted) as refusal:
        centre.carrier().send(message_id, phone, text)
    assert not refusal.value.retryable
    assert centre.journal() == []


def test_without_the_token_nothing_is_told(centre: Centre) -> None:
    stranger = centre.carrier(token="wrong")
    with pytest.raises(NotAccepted) as refusal:
        stranger.send("m-1", PHONE, "text")
    assert refusal.value.reason == "status-401"
    with pytest.raises(NoAnswer):
        stranger.find("m-1")


def test_nobody_there_means_not_sent_but_nothing_known() -> None:
    carrier = HttpSms(HttpSmsSettings("http://127.0.0.1:1", TOKEN, connect_timeout_ms=300))
    with pytest.raises(NotAccepted) as refusal:
        carrier.send("m-1", PHONE, "text")
    assert refusal.value.retryable
    with pytest.raises(NoAnswer):
        carrier.find("m-1")


@pytest.mark.parametrize(
    ("status", "body", "refused"),
    [
        ("202 Accepted", b"{}", None),
        ("202 Accepted", b"not json", None),
        ("202 Accepted", b"x" * (ANSWER_BYTES_MAX + 1), None),
        ("500 Oops", b"", None),
        ("429 Slow\r\nRetry-After: soon", b"", True),
        ("429 Slow\r\nRetry-After: -1", b"", True),
        ("302 Elsewhere\r\nLocation: http://127.0.0.1:1/", b"", None),
    ],
)
def test_a_broken_provider_leaves_doubt_and_never_a_false_yes(status: str, body: bytes, refused: bool | None) -> None:  # noqa: FBT001
    answer = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_serve_one, args=(server, answer))
        thread.start()
        carrier = HttpSms(HttpSmsSettings(f"http://127.0.0.1:{server.getsockname()[1]}", TOKEN))
        if refused is None:
            with pytest.raises(NoAnswer):
                carrier.send("m-1", PHONE, "text")
        else:
            with pytest.raises(NotAccepted) as refusal:
                carrier.send("m-1", PHONE, "text")
            assert (refusal.value.retryable, refusal.value.after_s) == (refused, None)
        thread.join()


def _serve_one(server: socket.socket, answer: bytes) -> None:
    peer, _ = server.accept()
    with peer:
        peer.recv(65536)
        peer.sendall(answer)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/v1/messages", b"{", 400),
        ("POST", "/v1/messages", b'{"id":"m","to":"+79161234501","text":"t","from":"x","more":1}', 400),
        ("POST", "/v1/messages", b'{"id":"other","to":"+79161234501","text":"t","from":"x"}', 422),
        ("PUT", "/-/faults", b'{"nonsense":1}', 400),
        ("GET", "/v1/messages/%2F", b"", 404),
    ],
)
def test_the_twin_is_as_strict_as_a_provider(centre: Centre, method: str, path: str, body: bytes, status: int) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}", "Idempotency-Key": "m"}
    answer = urllib3.request(method, centre.url + path, body=body, headers=headers)
    assert answer.status == status
    assert centre.journal() == []
