"""A private nginx made from the templates of `deploy/nginx`, which production uses too.

A template names its values as `@NAME@`; a value nobody gave is an error, not an empty string.
"""

import re
import shutil
import signal
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from okno.cli.servers.account import Account, ServerError, private_directory
from okno.cli.servers.process import Server, port_accepts, server_start, tail

READY_TIMEOUT_S = 20
TEMPLATES = Path(__file__).parents[3] / "deploy" / "nginx"
ENVIRONMENT = {"LANG": "C.UTF-8", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}


def program_find() -> Path:
    """Debian's nginx, which is not on an ordinary user's PATH."""
    found = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    if found is None:
        raise ServerError("nginx not found: apt-get install nginx")
    return Path(found)


def render(template: str, values: Mapping[str, str]) -> str:
    """Put the values in; every name of the template must have one."""

    def value(found: re.Match[str]) -> str:
        name = found[1]
        if name not in values:
            raise ServerError(f"nginx template: no value for @{name}@")
        return values[name]

    return re.sub(r"@([A-Z0-9_]+)@", value, template)


@dataclass
class Nginx:
    """One master in one directory, listening on `port` of loopback."""

    home: Path
    account: Account
    port: int
    values: Mapping[str, str]
    door: socket.socket | None = None
    """The socket that listens on `port`, held by who starts it again; without one it listens by itself."""
    server: Server | None = field(default=None, init=False)

    def configure(self) -> None:
        """Write the configuration from all templates and let nginx judge it."""
        private_directory(self.home, self.account)
        for folder in ("body", "proxy", "fastcgi", "uwsgi", "scgi"):
            private_directory(self.home / folder, self.account)
        values = {"HOME": str(self.home), "PORT": str(self.port), **self.values}
        for template in sorted(TEMPLATES.glob("*.conf")):
            target = self.home / template.name
            target.write_text(render(template.read_text(encoding="utf-8"), values), encoding="utf-8")
            target.chmod(0o644)
        judge = server_start(
            "nginx -t",
            [*self.command(), "-t"],
            account=self.account,
            home=self.home,
            log=self.home / "judge.log",
            env=ENVIRONMENT,
        )
        if judge.process.wait(READY_TIMEOUT_S) != 0:
            raise ServerError(f"nginx refuses its configuration:\n{tail(judge.log)}")

    def command(self) -> list[str]:
        return [str(program_find()), "-p", str(self.home), "-c", "nginx.conf", "-e", "error.log"]

    def start(self) -> None:
        """Configure, launch, wait until it accepts."""
        self.configure()
        self.launch().wait_ready(lambda: port_accepts(self.port), timeout_s=READY_TIMEOUT_S)

    def launch(self) -> Server:
        # Of its own upgrade: it takes over the listening sockets whose descriptors this names.
        inherited = {} if self.door is None else {"NGINX": f"{self.door.fileno()};"}
        self.server = server_start(
            "nginx",
            self.command(),
            account=self.account,
            home=self.home,
            log=self.home / "nginx.out",
            env={**ENVIRONMENT, **inherited},
            stop_signal=signal.SIGTERM,
            doors=() if self.door is None else (self.door.fileno(),),
        )
        return self.server

    def stop(self) -> None:
        """Fast stop: open sockets are cut. Idempotent."""
        if self.server is not None:
            self.server.stop()
            self.server = None
