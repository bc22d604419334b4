"""Plain HTTP/1.1 over kept connections: little enough work that the load does not measure itself."""

from __future__ import annotations

import asyncio
import re
from typing import NamedTuple

_LENGTH = re.compile(rb"(?i)\r\ncontent-length:[ \t]*([0-9]+)")
HEAD_BYTES_MAX = 65_536

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Answer(NamedTuple):
    status: int
    body: bytes


class Wire:
    """To one port of loopback; as many connections as requests at once. Raises OSError, IncompleteReadError."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._idle: list[Connection] = []

    async def post(self, path: str, body: bytes, content_type: str) -> Answer:
        head = f"POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}"
        return await self._ask(f"{head}\r\n\r\n".encode() + body)

    async def get(self, path: str, cookie: str) -> Answer:
        head = f"GET {path} HTTP/1.1\r\nHost: bench\r\nAccept: application/json\r\nCookie: {cookie}"
        return await self._ask(f"{head}\r\n\r\n".encode())

    async def _ask(self, request: bytes) -> Answer:
        reader, writer = await self._connection()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(head)
        body = await reader.readexactly(int(length[1])) if length else b""
        self._idle.append((reader, writer))
        return Answer(int(head.split(b" ", 2)[1]), body)

    async def _connection(self) -> Connection:
        """The one that was used last, unless the server has closed it for being idle."""
        while self._idle:
            reader, writer = self._idle.pop()
            if not reader.at_eof():
                return reader, writer
            writer.close()
        return await asyncio.open_connection("127.0.0.1", self._port, limit=HEAD_BYTES_MAX)

    def close(self) -> None:
        for _, writer in self._idle:
            writer.close()
        self._idle.clear()
