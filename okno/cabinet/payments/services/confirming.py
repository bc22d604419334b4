"""A payer by a kept card whose bank wants him: a page of ours posts him there, and takes what he brings back.

At the counter, as the till's role, on the caller's connection. No card number is near: what is posted is the bank's own
request, what comes back its own answer, and both are only passed on. Who knows the attempt's id is its payer.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from html import escape
from string import Template
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from okno.cabinet.kit.processes.dispatcher import Connection
from okno.cabinet.payments.providers.wire import form_fields
from okno.cabinet.payments.states import OPEN

PROOF_CHARS_MAX = 48 * 1024
SEE_OTHER, BAD_REQUEST, NOT_FOUND = 303, 400, 404

STANDS = """
    SELECT challenge.form::text, challenge.back, attempt.provider_id, payment.locale, attempt.state = ANY(%s)
      FROM payments_challenge challenge JOIN payments_attempt attempt ON attempt.id = challenge.attempt_id
      JOIN payments_payment payment ON payment.id = attempt.payment_id
     WHERE attempt.id = %s AND attempt.provider = %s
"""
TAKE = "UPDATE payments_challenge SET proof = %s WHERE attempt_id = %s AND proof IS NULL"
ASK = "UPDATE payments_attempt SET ask_at = LEAST(ask_at, %s) WHERE id = %s"

STYLE = (
    ":root{color-scheme:light dark}body{margin:0;min-height:100vh;display:grid;place-content:center;gap:20px;"
    "padding:24px;box-sizing:border-box;font:17px/1.5 system-ui,sans-serif;text-align:center}"
    "h1{margin:0;font-size:22px}p{margin:0;max-width:26em}"
    "button{font:inherit;min-height:48px;padding:0 28px;border:0;border-radius:12px;background:#1f5fd0;color:#fff}"
)
SCRIPT = "document.forms[0].submit()"
PAGE = Template(
    "<!doctype html><html lang='$locale'><meta charset='utf-8'>"
    "<meta name='viewport' content='width=device-width'><title>$title</title><style>$style</style>"
    "<body><h1>$title</h1><p>$text</p><form method='post' action='$url'>$fields<button>$button</button></form>"
    "<script>$script</script></body></html>"
)
WORDS = {
    "ru": (
        "Подтверждение в банке",
        "Сейчас откроется страница вашего банка. Потом вы вернётесь к платежу.",
        "Перейти в банк",
    ),
    "en": (
        "Your bank asks you",
        "The page of your bank will open now. Then you will come back to your payment.",
        "Go to the bank",
    ),
}


class Posted(msgspec.Struct, frozen=True):
    """As `go_of` writes a form."""

    url: str
    fields: list[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What the browser gets: a page with its policy, a way on (`location`), or nothing."""

    status: int
    body: str = field(default="", repr=False)
    policy: str = "default-src 'none'"
    location: str = ""


def bank_page(connection: Connection, provider: str, attempt: UUID) -> Shown:
    """The page that leads to the bank; who comes too late goes back."""
    row = connection.execute(STANDS, [sorted(OPEN), attempt, provider]).fetchone()
    if row is None:
        return Shown(status=NOT_FOUND)
    written, back, _, locale, is_open = row
    if not is_open:
        return Shown(status=SEE_OTHER, location=back)
    form = msgspec.json.decode(written, type=Posted)
    title, text, button = WORDS[locale]
    fields = "".join(
        f"<input type='hidden' name='{escape(name)}' value='{escape(value)}'>" for name, value in form.fields
    )
    page = PAGE.substitute(
        locale=locale,
        title=title,
        text=text,
        button=button,
        url=escape(form.url),
        fields=fields,
        style=STYLE,
        script=SCRIPT,
    )
    return Shown(status=200, body=page, policy=_policy(form.url))


def proof_take(connection: Connection, provider: str, attempt: UUID, body: bytes, now: datetime) -> Shown:
    """What he brings from his bank, once; the till passes it on. He goes on to his payment."""
    row = connection.execute(STANDS, [sorted(OPEN), attempt, provider]).fetchone()
    if row is None:
        return Shown(status=NOT_FOUND)
    _, back, provider_id, _, is_open = row
    try:
        fields = form_fields(body)
    except ValueError:
        return Shown(status=BAD_REQUEST)
    proof = fields.get("PaRes", "")
    if fields.get("MD") != provider_id or not 0 < len(proof) <= PROOF_CHARS_MAX:
        return Shown(status=BAD_REQUEST)
    if is_open and connection.execute(TAKE, [proof, attempt]).rowcount:
        connection.execute(ASK, [now, attempt])
        connection.execute("SELECT pg_notify('okno_till', '')")
    return Shown(status=SEE_OTHER, location=back)


def _policy(url: str) -> str:
    """Nothing but this page's own style and script, and a form to this one bank."""
    parts = urlsplit(url)
    return (
        f"default-src 'none'; style-src '{_hash(STYLE)}'; script-src '{_hash(SCRIPT)}'; base-uri 'none'; "
        f"form-action {parts.scheme}://{parts.netloc}; frame-ancestors 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"
