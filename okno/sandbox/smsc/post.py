"""The post office of the centre: enough of SMTP (RFC 5321, 3207, 4954) for letters, with the faults of the centre.

Like any post office it takes the same letter as often as it is handed in.
"""

import asyncio
import base64
import ssl
from contextlib import suppress
from email import message_from_bytes, policy
from email.message import EmailMessage

from okno.sandbox.smsc.centre import Centre
from okno.sandbox.smsc.wire import DELAY_MS_MAX

LINE_BYTES_MAX = 2_048
LETTER_BYTES_MAX = 256 * 1024
SILENCE_S_MAX = 60.0


class Ended(Exception):  # noqa: N818 - the visitor has gone
    """The dialogue is over."""


class PostOffice:
    """`tls` offers STARTTLS and takes no letter without it; `credentials` (user, password) are asked for then."""

    def __init__(
        self, centre: Centre, *, tls: ssl.SSLContext | None = None, credentials: tuple[str, str] | None = None
    ) -> None:
        self._centre = centre
        self.tls = tls
        self.credentials = credentials
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    async def open(self, port: int, *, at_once: ssl.SSLContext | None = None) -> int:
        """Listen on 127.0.0.1, encrypted from the first byte with `at_once`; the port."""
        self._server = await asyncio.start_server(
            self._meet, "127.0.0.1", port, ssl=at_once, limit=LINE_BYTES_MAX + LETTER_BYTES_MAX
        )
        number: int = self._server.sockets[0].getsockname()[1]
        return number

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            for writer in tuple(self._open):
                writer.close()
            await self._server.wait_closed()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            await Visit(self, self._centre, reader, writer).run()
        except (Ended, OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            self._open.discard(writer)
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


class Visit:
    """One connection."""

    def __init__(
        self, office: PostOffice, centre: Centre, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._office = office
        self._centre = centre
        self._reader = reader
        self._writer = writer
        self._is_known = office.credentials is None
        self._to = ""

    @property
    def _wants_secrecy(self) -> bool:
        return self._office.tls is not None and self._writer.get_extra_info("ssl_object") is None

    async def run(self) -> None:
        await self._say("220 post office")
        while True:
            line = (await asyncio.wait_for(self._reader.readuntil(b"\r\n"), SILENCE_S_MAX)).decode("ascii", "replace")
            verb, _, rest = line.strip().partition(" ")
            verb = verb.upper()
            if verb in {"MAIL", "RCPT", "DATA"}:
                await self._letter(verb, rest)
            else:
                await self._manners(verb, rest)

    async def _manners(self, verb: str, rest: str) -> None:
        """What comes before a letter, and after it."""
        match verb:
            case "EHLO":
                await self._greet()
            case "STARTTLS" if self._wants_secrecy:
                assert self._office.tls is not None, "wanted"
                await self._say("220 go on")
                await self._writer.start_tls(self._office.tls)
            case "AUTH":
                await self._know(rest)
            case "QUIT":
                await self._say("221 2.0.0 bye")
                raise Ended
            case _:
                await self._say("502 5.5.1 not here")

    async def _letter(self, verb: str, rest: str) -> None:
        if self._wants_secrecy or not self._is_known:
            await self._say("530 5.7.0 STARTTLS first" if self._wants_secrecy else "530 5.7.0 who is there?")
        elif verb == "MAIL":
            self._to = ""
            await self._say("250 2.1.0 fine")
        elif verb == "RCPT":
            self._to = rest.partition("<")[2].partition(">")[0]
            await self._say("250 2.1.5 fine" if "@" in self._to else "501 5.1.3 no address")
        elif self._to:
            await self._take()
        else:
            await self._say("503 5.5.1 to whom?")

    async def _greet(self) -> None:
        offers = ["post office", "8BITMIME"]
        if self._wants_secrecy:
            offers.append("STARTTLS")
        elif self._office.credentials is not None:
            offers.append("AUTH PLAIN")
        for offer in offers[:-1]:
            await self._say(f"250-{offer}")
        await self._say(f"250 {offers[-1]}")

    async def _know(self, rest: str) -> None:
        user, password = self._office.credentials or ("", "")
        expected = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
        self._is_known = rest == f"PLAIN {expected}"
        await self._say("235 2.7.0 welcome" if self._is_known else "535 5.7.8 wrong user or password")

    async def _take(self) -> None:
        await self._say("354 go on")
        raw = (await asyncio.wait_for(self._reader.readuntil(b"\r\n.\r\n"), SILENCE_S_MAX))[:-3]
        faults = self._centre.take_faults()
        await asyncio.sleep(min(faults.delay_ms, DELAY_MS_MAX) / 1000)
        if faults.refuse != "no":
            await self._say("451 4.3.0 try later" if faults.refuse == "for-now" else "550 5.1.1 no such mailbox")
            return
        # The policy also decides what class of message is made.
        letter = message_from_bytes(raw.replace(b"\r\n..", b"\r\n."), policy=policy.default)
        assert isinstance(letter, EmailMessage)
        kept = await self._centre.accept(
            str(letter["Message-ID"] or "").strip("<>"),
            self._to,
            letter.get_content().strip(),
            str(letter["From"] or ""),
            title=str(letter["Subject"] or ""),
            forgetful=True,
        )
        if faults.lose_answer:
            raise Ended
        await self._say(f"250 2.0.0 {kept.message_id}")

    async def _say(self, line: str) -> None:
        self._writer.write(f"{line}\r\n".encode())
        await self._writer.drain()
