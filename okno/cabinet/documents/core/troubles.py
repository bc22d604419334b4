"""Why a document is not made."""

from typing import Literal

Trouble = Literal[
    "amount-wrong",
    "payee-wrong",
    "payload-wrong",
    "period-wrong",
    "symbol-wrong",
    "does-not-add-up",
    "other-account",
    "bill-unknown",
]


class DocumentError(Exception):
    """Nothing is issued, and nothing of it stays. `what` names the fields, never their values."""

    def __init__(self, trouble: Trouble, *what: str) -> None:
        super().__init__(f"{trouble}: {', '.join(what)}" if what else trouble)
        self.trouble = trouble
        self.what = what
