"""What YooKassa takes: bodies of calls, checked as strictly as it checks them."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec

Nothing = Annotated[list[object], msgspec.Meta(max_length=0)]
Line = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]


class Rejected(Exception):  # noqa: N818 - named for what happened
    """400 `invalid_request`; `parameter` is its field."""

    def __init__(self, parameter: str, description: str) -> None:
        super().__init__(description)
        self.parameter = parameter


class Sum(msgspec.Struct):
    value: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,9}\.[0-9]{2}$")]
    currency: Literal["RUB", "USD", "EUR", "BYN", "KZT"]

    @property
    def minor(self) -> int:
        return int(self.value.replace(".", ""))


class Confirmation(msgspec.Struct, forbid_unknown_fields=True):
    type: Literal["redirect", "qr"]
    return_url: Annotated[str, msgspec.Meta(max_length=2048)] = ""
    locale: Literal["ru_RU", "en_US"] = "ru_RU"
    enforce: bool = False


class Method(msgspec.Struct, forbid_unknown_fields=True):
    type: Literal["bank_card", "sbp", "sberbank", "yoo_money", "tinkoff_bank"]


class Customer(msgspec.Struct, forbid_unknown_fields=True):
    email: str | None = None
    phone: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{10,15}$")] | None = None
    full_name: str | None = None
    inn: str | None = None


class Item(msgspec.Struct, forbid_unknown_fields=True):
    description: Line
    quantity: str
    amount: Sum
    vat_code: Annotated[int, msgspec.Meta(ge=1, le=12)]
    payment_mode: Literal[
        "full_prepayment",
        "partial_prepayment",
        "advance",
        "full_payment",
        "partial_payment",
        "credit",
        "credit_payment",
    ]
    payment_subject: Annotated[str, msgspec.Meta(pattern="^[a-z_]{3,40}$")]


class Receipt(msgspec.Struct, forbid_unknown_fields=True):
    customer: Customer
    items: Annotated[list[Item], msgspec.Meta(min_length=1, max_length=100)]
    tax_system_code: Annotated[int, msgspec.Meta(ge=1, le=6)] = 1


class Order(msgspec.Struct, forbid_unknown_fields=True):
    """POST /payments."""

    amount: Sum
    capture: bool = False
    confirmation: Confirmation | None = None
    description: Annotated[str, msgspec.Meta(max_length=128)] = ""
    payment_method_data: Method | None = None
    payment_method_id: str | None = None
    save_payment_method: bool = False
    metadata: dict[Annotated[str, msgspec.Meta(max_length=32)], Annotated[str, msgspec.Meta(max_length=512)]] = {}
    receipt: Receipt | None = None
    # Of marketplaces and of a slip by e-mail: the shop has neither.
    transfers: Nothing = []
    statements: Nothing = []


class RefundOrder(msgspec.Struct, forbid_unknown_fields=True):
    """POST /refunds."""

    payment_id: str
    amount: Sum
    description: str = ""
    metadata: dict[str, str] = {}
    receipt: Receipt | None = None
    sources: Nothing = []


_PLACE = re.compile(r"`\$\.([^`]+)`")


def taken(content: bytes, kind: type[Any]) -> Any:  # noqa: ANN401 - an instance of `kind`
    """Raises Rejected."""
    try:
        order = msgspec.json.decode(content, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        place = _PLACE.search(str(error))
        raise Rejected(place[1] if place else "body", "not as documented") from error
    if order.amount.minor == 0:
        raise Rejected("amount.value", "must be more than 0")
    if order.receipt is not None:
        _receipt_checked(order.receipt, order.amount)
    return order


def way_checked(order: Order) -> None:
    """How the payer is to confirm. Raises Rejected."""
    way = order.confirmation
    if way is None:
        raise Rejected("confirmation", "needed without a saved method")
    if way.type == "redirect" and not way.return_url:
        raise Rejected("confirmation.return_url", "needed")
    if way.type == "qr" and (order.payment_method_data is None or order.payment_method_data.type != "sbp"):
        raise Rejected("confirmation.type", "only sbp has codes")


def _receipt_checked(receipt: Receipt, total: Sum) -> None:
    if receipt.customer.email is None and receipt.customer.phone is None:
        raise Rejected("receipt.customer", "needs an e-mail or a phone")
    added = sum(Decimal(item.amount.value) * Decimal(item.quantity) for item in receipt.items)
    if added != Decimal(total.value):
        raise Rejected("receipt.items", "does not add up to the amount")
