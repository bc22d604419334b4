"""The phones' page: told only to this machine's browsers, strict about content, and every message as it arrives."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import urllib3
from factories.sms_centre import PEOPLE, Centre

from okno.sandbox.smsc import phone
from okno.sandbox.smsc.main import Smsc, SmscSettings

PHONE = "+79161234501"
PATIENCE_S = 20.0


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    twin = Centre(tmp_path)
    yield twin
    twin.stop()


def get(centre: Centre, path: str, host: str = "phone.demo.localhost") -> Any:  # noqa: ANN401 - an HTTP response
    return centre.http.request("GET", centre.url + path, headers={"Host": host})


def test_the_page_carries_its_nonce_and_nothing_foreign(centre: Centre) -> None:
    answer = get(centre, "/")
    policy = answer.headers["Content-Security-Policy"]
    nonce = re.search(r"script-src 'nonce-([A-Za-z0-9_-]{20,})'", policy)
    assert nonce is not None
    text = answer.data.decode()
    assert text.count(f'nonce="{nonce[1]}"') == 2
    assert "__NONCE__" not in text
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'")
    assert re.findall(r"(?:src|href)=\"([^\"]+)\"", text) == ["/icon.svg"]
    assert nonce[1] not in get(centre, "/").data.decode()
    assert get(centre, "/icon.svg").headers["Content-Type"] == "image/svg+xml"
    assert "Server" not in answer.headers


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example"])
def test_a_foreign_name_that_points_here_gets_nothing(centre: Centre, host: str) -> None:
    centre.carrier().send("m-1", PHONE, "Код 482913")
    for path in ("/", "/events", "/icon.svg"):
        assert get(centre, path, host).status == 404


class Stream:
    """A reader of server-sent events."""

    def __init__(self, centre: Centre, last: str | None = None) -> None:
        headers = {"Host": "phone.demo.localhost"} | ({"Last-Event-ID": last} if last is not None else {})
        self.response = urllib3.PoolManager(timeout=PATIENCE_S).request(
            "GET", f"{centre.url}/events", headers=headers, preload_content=False
        )
        self._rest = b""

    def next(self) -> dict[str, str]:
        while b"\n\n" not in self._rest:
            self._rest += self.response.read1()
        event, _, self._rest = self._rest.partition(b"\n\n")
        return dict(line.split(": ", 1) for line in event.decode().splitlines() if not line.startswith(":"))

    def close(self) -> None:
        self.response.close()
        self.response.release_conn()


def test_people_then_the_past_then_each_message_as_it_arrives(centre: Centre) -> None:
    centre.carrier().send("m-1", PHONE, "one")
    stream = Stream(centre)
    people = stream.next()
    assert people["event"] == "people"
    assert msgspec.json.decode(people["data"], type=list[phone.Person]) == list(PEOPLE)
    past = stream.next()
    assert (past["event"], past["id"], msgspec.json.decode(past["data"])["text"]) == ("message", "1", "one")
    centre.carrier().send("m-2", PHONE, "two")
    assert msgspec.json.decode(stream.next()["data"])["text"] == "two"
    stream.close()

    again = Stream(centre, last="1")
    assert again.next()["event"] == "people"
    assert again.next()["id"] == "2"
    again.close()


def test_a_quiet_stream_is_kept_open_and_a_left_one_is_let_go(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phone, "KEEPALIVE_S", 0.05)
    monkeypatch.setattr(phone, "PAGES_MAX", 1)
    stream = Stream(centre, last="nonsense")
    assert stream.next()["event"] == "people"
    assert stream.next() == {}
    assert get(centre, "/events").status == 503
    stream.close()
    deadline = time.monotonic() + PATIENCE_S
    while phone.EventsHandler.open_pages:
        assert time.monotonic() < deadline, "the page is still counted"
        time.sleep(0.02)


def test_inside_the_embedded_front_it_listens_to_nothing(tmp_path: Path) -> None:
    twin = Smsc(SmscSettings(token="t", journal=str(tmp_path / "sms.jsonl")))
    assert twin.port is None
    assert twin.centre.find("m-1") is None
    twin.centre.close()


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", [":root {", ':root[data-theme="dark"] {'])
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        ("ink", "paper"),
        ("ink", "pane"),
        ("ink", "wash"),
        ("quiet", "paper"),
        ("quiet", "pane"),
        ("quiet", "wash"),
        ("on-accent", "accent"),
        ("on-accent", "accent-hover"),
        ("accent", "pane"),
        ("error", "paper"),
    ],
)
def test_every_text_stands_out_from_its_ground(centre: Centre, theme: str, text: str, ground: str) -> None:
    page = get(centre, "/").data.decode()
    block = page[page.index(theme) :].partition("}")[0]
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block))
    light, dark = sorted((luminance(colours[text]), luminance(colours[ground])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5
