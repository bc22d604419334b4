"""The page at the payment system where the payer decides. It asks for no card: whoever opens it may press a button."""

from __future__ import annotations

import secrets
from html import escape
from importlib import resources
from string import Template
from typing import Any, Literal
from urllib.parse import urlsplit

from tornado.web import HTTPError, RequestHandler

from okno.protocol.money.amount import Money
from okno.sandbox.payers.records import Payment, PaymentState
from okno.sandbox.payers.twin import Twin

Language = Literal["ru", "en"]

WORDS: dict[Language, dict[str, str]] = {
    "ru": {
        "sandbox": "Песочница",
        "safe": "Деньги не спишутся: так выглядит страница платёжной системы на демонстрационном стенде.",
        "payee": "Получатель",
        "purpose": "За что",
        "number": "Номер платежа",
        "buttons": "Что сделает плательщик",
        "pay": "Оплатить",
        "decline": "Отказ банка",
        "decline_hint": "Как если банк не разрешит платёж",
        "leave": "Вернуться без оплаты",
        "back": "Вернуться в магазин",
        "other": "English",
    },
    "en": {
        "sandbox": "Sandbox",
        "safe": "No money moves: this is how a payment system’s page looks in the demonstration.",
        "payee": "To",
        "purpose": "For",
        "number": "Payment number",
        "buttons": "What the payer does",
        "pay": "Pay",
        "decline": "Refusal by the bank",
        "decline_hint": "As if the bank did not allow the payment",
        "leave": "Go back without paying",
        "back": "Go back to the shop",
        "other": "Русский",
    },
}
STATES: dict[Language, dict[PaymentState, str]] = {
    "ru": {
        "new": "Ожидает оплаты",
        "authorized": "Деньги удержаны",
        "paid": "Оплачено",
        "declined": "Банк отказал",
        "cancelled": "Отменено",
        "expired": "Время вышло",
    },
    "en": {
        "new": "Waiting for payment",
        "authorized": "Money is held",
        "paid": "Paid",
        "declined": "The bank refused",
        "cancelled": "Cancelled",
        "expired": "Out of time",
    },
}
SIGNS = {"RUB": "₽", "USD": "$", "EUR": "€"}


class PayerHandler(RequestHandler):
    """`page` in the address is a secret of its own: who does not know it can press nothing."""

    def initialize(self, twin: Twin) -> None:
        self.twin = twin

    def set_default_headers(self) -> None:
        self.clear_header("Server")
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Referrer-Policy", "no-referrer")
        self.set_header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")

    def get(self, page: str) -> None:
        payment = self._payment(page)
        asked = self.get_query_argument("lang", payment.locale)
        language: Language = "en" if asked == "en" else "ru"
        nonce = secrets.token_urlsafe(18)
        # Browsers hold the redirect that follows a form to `form-action` too.
        back = {origin(url) for url in (payment.return_url, payment.fail_url) if url}
        actions = " ".join(["'self'", *sorted(back)])
        self.set_header(
            "Content-Security-Policy",
            f"default-src 'none'; style-src 'nonce-{nonce}'; img-src data:; base-uri 'none'; "
            f"form-action {actions}; frame-ancestors 'none'",
        )
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(render(self.twin, payment, language, nonce))

    def post(self, page: str) -> None:
        payment = self._payment(page)
        choice = self.get_body_argument("choice", "")
        if choice not in {"pay", "decline", "leave"}:
            raise HTTPError(400)
        if self.twin.open_to_payer(payment):
            if choice == "pay":
                self.twin.paid(payment)
            elif choice == "decline":
                self.twin.declined(payment)
        after = self.twin.till.payments[payment.id]
        # Who came by a code has his shop open elsewhere: he stays here.
        self.redirect(self.twin.goodbye(after) or self.twin.page_url(after), status=303)

    def _payment(self, page: str) -> Payment:
        payment = self.twin.till.by_page(page)
        if payment is None:
            raise HTTPError(404)
        return payment


class EntranceHandler(RequestHandler):
    """Where a form or a signed link of the shop brings the browser: no call, so no trouble befalls it."""

    def initialize(self, twin: Twin) -> None:
        self.twin = twin

    def set_default_headers(self) -> None:
        self.clear_header("Server")
        self.set_header("Cache-Control", "no-store")
        self.set_header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")

    def fields(self) -> dict[str, str]:
        """Of the form or the query, the last of each name."""
        given = self.request.body_arguments or self.request.query_arguments
        return {name: values[-1].decode("utf-8", "replace") for name, values in given.items()}

    def enter(self, payment: Payment) -> None:
        self.redirect(self.twin.page_url(payment), status=303)

    def turn_away(self, what: str) -> None:
        self.set_status(400)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(what)


class LinkHandler(RequestHandler):
    """Where a link of the faster payment system leads if the twin gave it out as its own."""

    def initialize(self, twin: Twin) -> None:
        self.twin = twin

    def get(self, name: str) -> None:
        for payment in self.twin.till.payments.values():
            if f"/{name}?" in payment.extra.get("link", ""):
                self.redirect(self.twin.page_url(payment), status=303)
                return
        raise HTTPError(404)


def origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def render(twin: Twin, payment: Payment, language: Language, nonce: str) -> str:
    words = WORDS[language]
    whole, _, fraction = Money(payment.amount_minor, payment.currency).decimal.partition(".")
    if twin.open_to_payer(payment):
        choices = _button("pay", words["pay"], "main") + _button("decline", words["decline"], "", words["decline_hint"])
        choices += _button("leave", words["leave"], "plain") if payment.return_url else ""
    else:
        choices = _button("leave", words["back"], "main") if payment.return_url else ""
    given = {
        **{name: escape(word) for name, word in words.items()},
        "language": language,
        "other_language": "ru" if language == "en" else "en",
        "nonce": nonce,
        "system": escape(twin.title[1 if language == "en" else 0]),
        "state": escape(STATES[language][payment.state]),
        "state_class": payment.state,
        "whole": f"{int(whole):,}".replace(",", "\u202f" if language == "ru" else ","),
        "fraction": ("," if language == "ru" else ".") + fraction if fraction else "",
        "currency": escape(SIGNS.get(payment.currency, payment.currency)),
        "to": escape(twin.payee),
        "what": escape(payment.description or "—"),
        "order": escape(payment.order),
        "form": f'<form method="post" aria-label="{escape(words["buttons"])}">{choices}</form>' if choices else "",
    }
    return Template(_asset("payer.html")).substitute(given)


def _button(choice: str, word: str, look: str, hint: str = "") -> str:
    note = f"<small>{escape(hint)}</small>" if hint else ""
    return (
        f'<button name="choice" value="{choice}" class="{look}" data-guide="payer.{choice}">'
        f"<span>{escape(word)}</span>{note}</button>"
    )


def _asset(name: str) -> str:
    return resources.files("okno.sandbox.payers").joinpath(name).read_text(encoding="utf-8")


def handlers(twin: Twin) -> list[tuple[str, Any, dict[str, Any]]]:
    given = {"twin": twin}
    return [(r"/payer/([0-9A-Za-z_-]{16,64})", PayerHandler, given), (r"/(AD[0-9A-Z]{30})", LinkHandler, given)]
