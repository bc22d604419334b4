"""Letters by SMTP (RFC 5321), through the company's own relay, on the standard library.

A letter is text alone; the first line of its text is its subject. Its Message-ID is the message's id: SMTP knows no
idempotency, so whoever was sent a letter twice (the answer to the first was lost) has the same letter twice, and most
mailboxes show it once.

4xx, and all that fails before a letter is handed over (the network, TLS, the sign-in at the relay), are refusals for
now: none of them is the letter's fault. 5xx to the sender, the receiver or the text is a refusal for good. An answer
that is lost once the text has been sent says nothing about acceptance.
"""

import smtplib
import ssl
import time
from contextlib import suppress
from datetime import UTC, datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Literal

import msgspec

from okno.carriers.mail_address import address_of
from okno.carriers.port import MESSAGE_ID_LENGTH_MAX, Accepted, NoAnswer, NotAccepted

#: A letter of this product says what waits and where: it has no room for more.
LETTER_LENGTH_MAX = 4_000
#: First digits of a relay's codes.
_OK, _GO_ON, _FOR_NOW, _FOR_GOOD = 2, 3, 4, 5
#: No time left: a wait of zero would be no wait at all for the socket.
_WAIT_S_MIN = 0.001


class SmtpSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    host: str
    port: int
    origin: str
    """The address that letters come from; its host greets the relay and stands in Message-ID."""
    origin_name: str = ""
    """What the receiver sees beside it."""
    security: Literal["starttls", "tls", "plain"] = "starttls"
    """`tls` from the first byte (usually port 465). The certificate is checked in both; `plain` for loopback alone."""
    ca_file: str | None = None
    """The authorities to believe, PEM; those of the system where none is named."""
    user: str | None = None
    password_file: str | None = None
    """Its first line is the password, in ASCII as the user's name."""
    connect_timeout_ms: int = 3_000
    answer_timeout_ms: int = 20_000
    """For all answers of one letter together: with the connecting, less than the sender's `lease_s`."""

    def __post_init__(self) -> None:
        if address_of(self.origin) != self.origin:
            raise ValueError(f"origin: {self.origin!r} is no plain e-mail address")
        if self.security == "plain" and not _is_loopback(self.host):
            raise ValueError("security: letters leave this machine by starttls or tls alone")
        Address(self.origin_name, addr_spec=self.origin)  # raises ValueError for a name with a line break
        if (self.user is None) != (self.password_file is None):
            raise ValueError("user and password_file are given together")
        if not (self.user or "").isascii():
            raise ValueError("user: ASCII alone")


class _Line(smtplib.SMTP):
    """One connection whose answers together take no longer than they may: else another sender finds the same row."""

    def __init__(self, own: SmtpSettings, home: str, **more: Any) -> None:  # noqa: ANN401 - what SMTP_SSL adds
        self._until = time.monotonic() + (own.connect_timeout_ms + own.answer_timeout_ms) / 1000
        super().__init__(own.host, own.port, home, timeout=own.connect_timeout_ms / 1000, **more)

    def getreply(self) -> tuple[int, bytes]:
        if self.sock is not None:
            self.sock.settimeout(max(self._until - time.monotonic(), _WAIT_S_MIN))
        return super().getreply()


class _Tls(_Line, smtplib.SMTP_SSL):
    """The same, encrypted from the first byte."""


class Smtp:
    """See `okno.carriers.port.Carrier`; each letter has a connection of its own."""

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings
        self._home = settings.origin.rpartition("@")[2]
        self._trust = ssl.create_default_context(cafile=settings.ca_file) if settings.security != "plain" else None
        lines = Path(settings.password_file).read_text(encoding="ascii").splitlines() if settings.password_file else []
        self._password = lines[0] if lines else ""

    def send(self, message_id: str, to: str, text: str) -> Accepted:
        if len(text) > LETTER_LENGTH_MAX or not 0 < len(message_id) <= MESSAGE_ID_LENGTH_MAX:
            raise NotAccepted("too-long", retryable=False)
        if address_of(to) != to:
            raise NotAccepted("address", retryable=False)
        letter = self._letter(message_id, to, text)
        try:
            relay = self._connected()
        except (smtplib.SMTPException, OSError) as error:
            raise NotAccepted(_why(error), retryable=True) from error
        try:
            return self._handed(relay, to, letter)
        finally:
            relay.close()

    def find(self, message_id: str) -> Accepted | None:  # noqa: ARG002 - the port's own signature
        """SMTP cannot be asked: a letter in doubt goes out again."""
        return None

    def _letter(self, message_id: str, to: str, text: str) -> bytes:
        """EmailMessage takes no line break into a header, so that nothing typed becomes one."""
        title, _, body = text.partition("\n")
        letter = EmailMessage(policy.SMTP)
        try:
            letter["Subject"] = title
            letter["From"] = Address(self._settings.origin_name, addr_spec=self._settings.origin)
            letter["To"] = Address(addr_spec=to)
            letter["Message-ID"] = f"<{message_id}@{self._home}>"
        except ValueError as error:
            raise NotAccepted("content", retryable=False) from error
        letter["Date"] = format_datetime(datetime.now(UTC))
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_content(f"{body.strip()}\n", charset="utf-8", cte="base64")
        return letter.as_bytes()

    def _connected(self) -> smtplib.SMTP:
        """Greeted, encrypted, signed in. Raises SMTPException, OSError."""
        own = self._settings
        relay = _Tls(own, self._home, context=self._trust) if own.security == "tls" else _Line(own, self._home)
        try:
            relay.ehlo_or_helo_if_needed()
            if own.security == "starttls":
                relay.starttls(context=self._trust)
                relay.ehlo_or_helo_if_needed()
            if own.user is not None:
                relay.login(own.user, self._password)
        except (smtplib.SMTPException, OSError):
            relay.close()
            raise
        return relay

    def _handed(self, relay: smtplib.SMTP, to: str, letter: bytes) -> Accepted:
        try:
            _judge("from", relay.mail(self._settings.origin)[0])
            _judge("to", relay.rcpt(to)[0])
            _judge("data", relay.docmd("DATA")[0], good=_GO_ON)
        except (smtplib.SMTPException, OSError) as error:
            # Without its text the relay has no letter.
            raise NotAccepted(_why(error), retryable=True) from error
        try:
            relay.send(_quoted(letter))
            code, said = relay.getreply()
        except (smtplib.SMTPException, OSError) as error:
            raise NoAnswer(type(error).__name__) from error
        _judge("text", code)
        with suppress(smtplib.SMTPException, OSError):
            relay.quit()
        return Accepted(said.decode("ascii", "replace")[:MESSAGE_ID_LENGTH_MAX])


def _judge(step: str, code: int, *, good: int = _OK) -> None:
    """Raises NotAccepted, or NoAnswer for a code that has no place there. Only the code is told on."""
    kind = code // 100
    if kind in {_FOR_NOW, _FOR_GOOD}:
        raise NotAccepted(f"{step}-{code}", retryable=kind == _FOR_NOW)
    if kind != good:
        raise NoAnswer(f"{step}-{code}")


def _why(error: Exception) -> str:
    """A kind or a code: what a relay says may quote an address."""
    if isinstance(error, smtplib.SMTPResponseException):
        return f"relay-{error.smtp_code}"
    return f"unreachable: {type(error).__name__}"


def _quoted(letter: bytes) -> bytes:
    """A line that begins with a dot has two (RFC 5321, 4.5.2), and a line of one dot ends it all."""
    return letter.replace(b"\r\n.", b"\r\n..") + b".\r\n"


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
