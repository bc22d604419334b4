"""What T-Bank takes: bodies of its methods, checked as strictly as it checks them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec


class Rejected(Exception):  # noqa: N818 - named for what happened
    """`code` is T-Bank's ErrorCode."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


Name = Annotated[str, msgspec.Meta(min_length=1, max_length=36)]
Url = Annotated[str, msgspec.Meta(pattern="^https?://")]


class Call(msgspec.Struct, rename="pascal", forbid_unknown_fields=True):
    terminal_key: Annotated[str, msgspec.Meta(max_length=20)]
    token: str


class Item(msgspec.Struct, rename="pascal", forbid_unknown_fields=True):
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
    price: Annotated[int, msgspec.Meta(ge=1)]
    quantity: Annotated[float, msgspec.Meta(gt=0)]
    amount: Annotated[int, msgspec.Meta(ge=1)]
    tax: Literal[
        "none",
        "vat0",
        "vat5",
        "vat7",
        "vat10",
        "vat20",
        "vat22",
        "vat105",
        "vat107",
        "vat110",
        "vat120",
        "vat122",
    ]
    payment_method: Literal[
        "full_prepayment", "prepayment", "advance", "full_payment", "partial_payment", "credit", "credit_payment"
    ]
    payment_object: Annotated[str, msgspec.Meta(pattern="^[a-z_]{3,40}$")]


class Receipt(msgspec.Struct, rename="pascal", forbid_unknown_fields=True):
    items: Annotated[list[Item], msgspec.Meta(min_length=1, max_length=100)]
    taxation: Literal["osn", "usn_income", "usn_income_outcome", "envd", "esn", "patent"]
    email: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    phone: Annotated[str, msgspec.Meta(pattern=r"^\+[0-9]{10,15}$")] | None = None
    ffd_version: Literal["1.05", "1.2"] = "1.05"


class Init(Call, rename="pascal"):
    amount: Annotated[int, msgspec.Meta(ge=100, le=9_999_999_999)]
    order_id: Name
    description: Annotated[str, msgspec.Meta(max_length=140)] = ""
    pay_type: Literal["O", "T"] = "O"
    language: Literal["ru", "en"] = "ru"
    success_url: Url = msgspec.field(name="SuccessURL", default="https://shop.invalid")
    fail_url: Url = msgspec.field(name="FailURL", default="https://shop.invalid")
    notification_url: Url = msgspec.field(name="NotificationURL", default="")
    redirect_due_date: datetime | None = None
    recurrent: Literal["Y", "N"] = "N"
    customer_key: Name | None = None
    receipt: Receipt | None = None
    data: dict[str, str] = msgspec.field(name="DATA", default={})


class OfPayment(Call, rename="pascal"):
    """GetState."""

    payment_id: str


class OfOrder(Call, rename="pascal"):
    """CheckOrder."""

    order_id: Name


class Cancel(Call, rename="pascal"):
    payment_id: str
    amount: Annotated[int, msgspec.Meta(ge=1)] | None = None
    external_request_id: Annotated[str, msgspec.Meta(max_length=255)] = ""
    receipt: Receipt | None = None


class GetQr(Call, rename="pascal"):
    payment_id: str
    data_type: Literal["PAYLOAD"] = "PAYLOAD"


class Charge(Call, rename="pascal"):
    payment_id: str
    rebill_id: str


class OfCustomer(Call, rename="pascal"):
    """GetCardList."""

    customer_key: Name


class RemoveCard(Call, rename="pascal"):
    customer_key: Name
    card_id: str


class SbpPayTest(Call, rename="pascal"):
    payment_id: str
    is_deadline_expired: bool = False
    is_rejected: bool = False


def taken(content: bytes, kind: type[Any]) -> Any:  # noqa: ANN401 - an instance of `kind`
    """Raises Rejected."""
    try:
        order = msgspec.json.decode(content, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise Rejected("251", str(error)) from error
    receipt = getattr(order, "receipt", None)
    if receipt is not None:
        _receipt_checked(receipt, order.amount)
    return order


def _receipt_checked(receipt: Receipt, total: int | None) -> None:
    if receipt.email is None and receipt.phone is None:
        raise Rejected("309", "Receipt needs Email or Phone")
    if any(round(item.price * item.quantity) != item.amount for item in receipt.items):
        raise Rejected("308", "Amount of an item is not its Price by its Quantity")
    if total is not None and sum(item.amount for item in receipt.items) != total:
        raise Rejected("308", "items do not add up to the amount")
