"""A member of staff at the desk of a running demo, over HTTP as a browser does it."""

import re
from http.cookies import SimpleCookie
from typing import Self
from urllib.parse import urlencode

import urllib3
from factories.street import Demo

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class Clerk:
    def __init__(self, demo: Demo, login: str) -> None:
        self._demo = demo
        self._login = login
        self._cookies: dict[str, str] = {}
        self._http = urllib3.PoolManager(retries=False, timeout=30)

    def enter(self) -> Self:
        """As a senior, by a link and the code of an authenticator."""
        self._staff("add", "--role", "senior")
        self.press(self._staff("link").removeprefix(self._demo.said["addresses"]["desk"]))
        self.press("/code", code=self._staff("code"))
        return self

    def _staff(self, deed: str, *more: str) -> str:
        said = self._demo.okno("staff", deed, self._login, *more, "--dir", str(self._demo.directory))
        assert said.returncode == 0, said.stderr
        return said.stdout.strip()

    def page(self, path: str) -> str:
        status, shown = self._ask("GET", path)
        assert status == 200, (status, shown)
        return shown

    def press(self, path: str, **fields: object) -> None:
        """Send a form of the page at `path`, with its token."""
        token = TOKEN.search(self.page(path))
        assert token is not None
        status, shown = self._ask("POST", path, {"csrfmiddlewaretoken": token[1], **fields})
        assert status == 302, (status, shown)

    def _ask(self, method: str, path: str, fields: dict[str, object] | None = None) -> tuple[int, str]:
        address = self._demo.said["addresses"]["desk"]
        headers = {
            "Host": address.removeprefix("http://"),
            "Origin": address,
            "Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items()),
            "Content-Type": "application/x-www-form-urlencoded",
        }
        body = None if fields is None else urlencode(fields)
        url = f"http://127.0.0.1:{self._demo.port}{path}"
        answer = self._http.request(method, url, body=body, headers=headers, redirect=False)
        for line in answer.headers.getlist("Set-Cookie"):
            for name, morsel in SimpleCookie(line).items():
                self._cookies[name] = morsel.value
        return answer.status, answer.data.decode()
