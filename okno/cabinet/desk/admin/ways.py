"""Ways to pay and payment systems in staff's words, wherever one is shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from django.conf import settings

from okno.cabinet.payments.methods import Method

KINDS: Mapping[str, str] = {"card": "Карта", "sbp": "СБП", "wallet": "Кошелёк", "bank": "Банк"}
#: What no customer chooses in the cabinet: money that an agent or the bank brings.
BROUGHT: Mapping[str, str] = {"terminal": "Терминал", "bank": "Перевод в банке"}
PROVIDERS: Mapping[str, str] = {
    "yookassa": "ЮKassa",
    "tbank": "Т-Банк",
    "cloudpayments": "CloudPayments",
    "robokassa": "Robokassa",
    "stripe": "Stripe",
    "yoomoney": "ЮMoney",
    "webmoney": "WebMoney",
    "qiwi": "QIWI",
    "sbp": "СБП",
    "agent": "Агент",
    "bank": "Банк",
}


class Ways(Mapping[str, str]):
    """Way's id -> word, by the settings in force.

    A card and SBP are known by their kind, as long as the company has one way of it; other ways by their title.
    """

    def __getitem__(self, id_: str) -> str:
        return self._words()[id_]

    def __iter__(self) -> Iterator[str]:
        return iter(self._words())

    def __len__(self) -> int:
        return len(self._words())

    @staticmethod
    def _words() -> dict[str, str]:
        methods: tuple[Method, ...] = settings.OKNO.methods
        many = Counter(method.kind for method in methods)
        offered = {method.id: _word(method, is_only=many[method.kind] == 1) for method in methods}
        return {"card": KINDS["card"], "sbp": KINDS["sbp"], **BROUGHT, **offered}


def _word(method: Method, *, is_only: bool) -> str:
    kind = KINDS[method.kind]
    speaks = method.kind in {"card", "sbp"} and is_only
    return kind if speaks or method.title is None else method.title.ru


WAYS = Ways()
