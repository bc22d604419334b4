"""The campaign's hand in the cabinet: a child that writes wishes, whose settings offer every payment system."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from okno.cabinet.config.instance import ENVIRONMENT, CabinetConfig, Limit
from okno.cabinet.payments.methods import Method
from okno.cli.drill.billing import DrillError
from okno.cli.files import file_write, toml_text
from okno.protocol.ids import new_id

#: A campaign is thousands of payments of a few people: their bucket is not what it looks at.
UNLIMITED = Limit(capacity=10_000_000, per_s=1)
NAME = "campaign.toml"
RUN_CHARS = 8


class Wishes:
    """Several threads may ask; one wish is written at a time."""

    def __init__(self, directory: Path, providers: Iterable[str]) -> None:
        # The same wish begun a moment ago is taken for the same payment: another campaign has other ways.
        self._run = new_id()[-RUN_CHARS:]
        etc = directory / "etc"
        settings = msgspec.toml.decode((etc / "web.toml").read_bytes(), type=CabinetConfig)
        settings = msgspec.structs.replace(
            settings,
            methods=tuple(Method(id=self._method(name), provider=name, kind="card") for name in providers),
            limits={**settings.limits, "payment-start": UNLIMITED},
        )
        # It stands beside the one it is made of: paths in it are relative to its folder, and so are its rights.
        self._file = etc / NAME
        file_write(self._file, toml_text(settings).encode())
        self._child = subprocess.Popen(
            [sys.executable, "-m", "okno.cli.drill.campaign.wishing"],
            env={**os.environ, ENVIRONMENT: str(self._file)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._guard = threading.Lock()

    def wish(self, provider: str, line: dict[str, object]) -> str:
        """The payment's id. Raises DrillError when the cabinet takes no wishes any more."""
        stdin, stdout = self._child.stdin, self._child.stdout
        assert stdin is not None
        assert stdout is not None
        with self._guard:
            try:
                stdin.write(msgspec.json.encode({**line, "method": self._method(provider)}).decode() + "\n")
                stdin.flush()
            except BrokenPipeError:
                answer = ""
            else:
                answer = stdout.readline()
        if not answer:
            raise DrillError("the cabinet takes no wishes to pay any more")
        return answer.strip()

    def _method(self, provider: str) -> str:
        return f"{provider}-{self._run}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        with self._child:
            assert self._child.stdin is not None
            self._child.stdin.close()
        self._file.unlink()
