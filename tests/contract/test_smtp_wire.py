"""The SMTP carrier against the twin: letters, refusals for now and for good, encryption, hostile input."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from factories.certificates import certificate_make
from factories.sms_centre import ORIGIN, Centre

from okno.carriers.mail_address import address_of
from okno.carriers.port import NoAnswer, NotAccepted
from okno.carriers.smtp import LETTER_LENGTH_MAX, Smtp, SmtpSettings
from okno.sandbox.smsc.post import PostOffice
from okno.sandbox.smsc.wire import DELAY_MS_MAX

ANNA = "anna@example.ru"
LETTER = "Выписка по счёту: ссылка\n\nДокумент ждёт:\nhttp://portal.test/documents/1\n.\n..конец\n"
BODY = "Документ ждёт:\nhttp://portal.test/documents/1\n.\n..конец"
ID = "019aa6f0-0000-7000-8000-000000000001"


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    twin = Centre(tmp_path)
    yield twin
    twin.stop()


def context(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(*certificate)
    return made


def refused(carrier: Smtp, to: str = ANNA, text: str = LETTER) -> NotAccepted:
    with pytest.raises(NotAccepted) as refusal:
        carrier.send(ID, to, text)
    return refusal.value


def test_a_letter_arrives_as_written(centre: Centre) -> None:
    accepted = centre.postman(origin_name="Окно, Примерск").send(ID, ANNA, LETTER)
    assert "smsc-00000001" in accepted.carrier_id
    (letter,) = centre.journal()
    assert (letter.id, letter.to, letter.title) == (f"{ID}@example.org", ANNA, "Выписка по счёту: ссылка")
    assert letter.text.replace("\r\n", "\n") == BODY
    assert letter.origin == f'"Окно, Примерск" <{ORIGIN}>'


def test_a_refusal_for_now_may_be_tried_again_and_one_for_good_may_not(centre: Centre) -> None:
    carrier = centre.postman()
    centre.fail(refuse="for-now", times=1)
    refusal = refused(carrier)
    assert (refusal.reason, refusal.retryable) == ("text-451", True)
    carrier.send(ID, ANNA, LETTER)
    centre.fail(refuse="for-good", times=1)
    refusal = refused(carrier)
    assert (refusal.reason, refusal.retryable) == ("text-550", False)
    assert len(centre.journal()) == 1


def test_a_lost_answer_says_nothing_and_the_same_letter_has_the_same_id(centre: Centre) -> None:
    carrier = centre.postman()
    centre.fail(lose_answer=True, times=1)
    with pytest.raises(NoAnswer):
        carrier.send(ID, ANNA, LETTER)
    assert carrier.find(ID) is None
    carrier.send(ID, ANNA, LETTER)
    assert [letter.id for letter in centre.journal()] == [f"{ID}@example.org"] * 2


def test_a_slow_relay_is_not_waited_for_longer_than_said(centre: Centre) -> None:
    centre.fail(delay_ms=DELAY_MS_MAX, times=1)
    with pytest.raises(NoAnswer):
        centre.postman(connect_timeout_ms=500, answer_timeout_ms=100).send(ID, ANNA, LETTER)
    assert centre.journal() == []


def test_a_relay_that_is_not_there_is_a_refusal_for_now(centre: Centre) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    refusal = refused(centre.postman(port=port))
    assert (refusal.reason, refusal.retryable) == ("unreachable: ConnectionRefusedError", True)


@pytest.mark.parametrize(
    ("to", "text", "reason"),
    [
        ("anna@example.ru\r\nBcc: boris@example.ru", LETTER, "address"),
        ("anna@example.ru, boris@example.ru", LETTER, "address"),
        ("Anna <anna@example.ru>", LETTER, "address"),
        ("anna@почта.рф", LETTER, "address"),
        ("", LETTER, "address"),
        (ANNA, "Тема\rBcc: boris@example.ru\n\nТекст", "content"),
        (ANNA, "x" * (LETTER_LENGTH_MAX + 1), "too-long"),
    ],
)
def test_nothing_hostile_reaches_the_relay(centre: Centre, to: str, text: str, reason: str) -> None:
    refusal = refused(centre.postman(), to, text)
    assert (refusal.reason, refusal.retryable) == (reason, False)
    assert centre.journal() == []


@pytest.mark.parametrize("hostile", ["anna@example.ru\n", "a b@example.ru", "anna@[127.0.0.1]", '"a"@example.ru'])
def test_what_is_no_address_is_none(hostile: str) -> None:
    assert address_of(hostile) is None


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("Anna.Golubeva+x@Example.RU", "Anna.Golubeva+x@example.ru"),
        ("анна@example.ru", None),
        ("anna@почта.рф", "anna@xn--80a1acny.xn--p1ai"),
        ("anna@localhost", None),
        ("anna@example..ru", None),
        ("anna@example.ru.", None),
        (f"{'a' * 65}@example.ru", None),
        (f"anna@{'b' * 64}.ru", None),
        (f"anna@{'.'.join(['b' * 60] * 5)}.ru", None),
        (f"anna@{'.'.join(['ж' * 8] * 20)}.рф", None),
    ],
)
def test_an_address_is_one_and_its_host_is_ascii(typed: str, address: str | None) -> None:
    assert address_of(typed) == address


class TestEncrypted:
    @pytest.fixture
    def certificate(self, tmp_path: Path) -> tuple[Path, Path]:
        return certificate_make(tmp_path, "relay")

    def test_by_starttls_with_a_password(self, centre: Centre, certificate: tuple[Path, Path], tmp_path: Path) -> None:
        centre.twin.post.tls, centre.twin.post.credentials = context(certificate), ("okno", "secret")
        word = tmp_path / "relay.password"
        word.write_text("secret\n", encoding="utf-8")
        given = {"security": "starttls", "ca_file": str(certificate[0]), "user": "okno", "password_file": str(word)}
        centre.postman(**given).send(ID, ANNA, LETTER)
        assert [letter.to for letter in centre.journal()] == [ANNA]
        word.write_text("other", encoding="utf-8")
        refusal = refused(centre.postman(**given))
        assert (refusal.reason, refusal.retryable) == ("relay-535", True)
        unknown = refused(centre.postman(security="starttls", ca_file=str(certificate[0])))
        assert (unknown.reason, unknown.retryable) == ("from-530", False)
        assert len(centre.journal()) == 1
        word.write_text("тайна", encoding="utf-8")
        with pytest.raises(UnicodeDecodeError):
            centre.postman(**given)

    def test_a_relay_that_offers_no_encryption_gets_no_letter(
        self, centre: Centre, certificate: tuple[Path, Path]
    ) -> None:
        refusal = refused(centre.postman(security="starttls", ca_file=str(certificate[0])))
        assert (refusal.reason, refusal.retryable) == ("unreachable: SMTPNotSupportedError", True)
        assert centre.journal() == []

    @pytest.mark.parametrize("kind", ["unknown", "other-name"])
    def test_a_relay_whose_certificate_is_not_believed_gets_no_letter(
        self, centre: Centre, certificate: tuple[Path, Path], tmp_path: Path, kind: str
    ) -> None:
        other = certificate_make(tmp_path, "other", address="192.0.2.1")
        shown, believed = (other, certificate[0]) if kind == "unknown" else (other, other[0])
        centre.twin.post.tls = context(shown)
        refusal = refused(centre.postman(security="starttls", ca_file=str(believed)))
        assert (refusal.reason, refusal.retryable) == ("unreachable: SSLCertVerificationError", True)
        assert centre.journal() == []

    def test_from_the_first_byte(self, centre: Centre, certificate: tuple[Path, Path]) -> None:
        office = PostOffice(centre.twin.centre)
        port = centre.call(office.open(0, at_once=context(certificate)))
        carrier = centre.postman(port=port, security="tls", ca_file=str(certificate[0]))
        carrier.send(ID, ANNA, LETTER)
        assert [letter.to for letter in centre.journal()] == [ANNA]
        refusal = refused(centre.postman(port=port, security="tls"))
        assert (refusal.reason, refusal.retryable) == ("unreachable: SSLCertVerificationError", True)
        centre.call(office.close())


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"host": "relay.example.org"}, "starttls or tls"),
        ({"host": "192.0.2.1"}, "starttls or tls"),
        ({"origin": "Okno <okno@example.org>"}, "origin"),
        ({"origin_name": "Okno\r\nBcc: x@example.org"}, "CR or LF"),
        ({"user": "okno"}, "together"),
        ({"user": "окно", "password_file": "relay.password"}, "ASCII"),
    ],
)
def test_settings_that_would_leak_or_lie_are_not_read(changes: dict[str, str], word: str) -> None:
    given = {"host": "127.0.0.1", "port": 25, "security": "plain", "origin": ORIGIN}
    assert msgspec.convert(given, SmtpSettings).host == "127.0.0.1"
    with pytest.raises(msgspec.ValidationError, match=word):
        msgspec.convert({**given, **changes}, SmtpSettings)


def relay_saying(*lines: bytes) -> tuple[socket.socket, threading.Thread]:
    """A relay that answers one line to each of ours, whatever we said."""
    listening = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        visitor, _ = listening.accept()
        with visitor, visitor.makefile("rb") as heard:
            for line in lines:
                visitor.sendall(line)
                heard.readline()

    thread = threading.Thread(target=run)
    thread.start()
    return listening, thread


@pytest.mark.parametrize(
    ("lines", "reason", "retryable"),
    [
        ([b"554 go away\r\n"], "relay-554", True),
        ([b"220 x\r\n", b"250 x\r\n", b"550 not you\r\n"], "from-550", False),
        ([b"220 x\r\n", b"250 x\r\n", b"250 x\r\n", b"450 full\r\n"], "to-450", True),
        ([b"220 x\r\n", b"250 x\r\n", b"250 x\r\n", b"250 x\r\n", b"552 no\r\n"], "data-552", False),
        ([b"220 x\r\n", b"250 x\r\n", b"250 x\r\n"], "unreachable: SMTPServerDisconnected", True),
    ],
)
def test_each_step_may_refuse(centre: Centre, lines: list[bytes], reason: str, *, retryable: bool) -> None:
    listening, thread = relay_saying(*lines)
    refusal = refused(centre.postman(port=listening.getsockname()[1]))
    assert (refusal.reason, refusal.retryable) == (reason, retryable)
    thread.join()
    listening.close()


def test_an_answer_that_has_no_place_there_is_none(centre: Centre) -> None:
    listening, thread = relay_saying(b"220 x\r\n", b"250 x\r\n", b"250 x\r\n", b"250 x\r\n", b"250 already?\r\n")
    with pytest.raises(NoAnswer, match="data-250"):
        centre.postman(port=listening.getsockname()[1]).send(ID, ANNA, LETTER)
    thread.join()
    listening.close()


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        (b"DATA\r\n", b"503"),
        (b"RCPT TO:nobody\r\n", b"501"),
        (b"STARTTLS\r\n", b"502"),
        (b"AUTH PLAIN AAAA\r\n", b"535"),
        (b"VRFY anna\r\n", b"502"),
    ],
)
def test_the_twin_keeps_to_the_order_of_things(centre: Centre, said: bytes, answer: bytes) -> None:
    async def talk() -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", centre.twin.mail_port)
        await reader.readline()
        writer.write(said)
        heard = await reader.readline()
        writer.close()
        return heard

    assert centre.call(talk()).startswith(answer)
