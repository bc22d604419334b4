"""How a system says no, and how it is away."""

from __future__ import annotations

import enum


class RefusalCode(enum.Enum):
    """Why a system says no for good: asking again with the same content gives the same answer.

    SYSTEM_FAULT is the runtime's own word, for what fails inside of a system that takes the like of it.
    """

    ACCOUNT_UNKNOWN = "account-unknown"
    ACCOUNT_CLOSED = "account-closed"
    ACCOUNT_NOT_EMPTY = "account-not-empty"
    AMOUNT_INVALID = "amount-invalid"
    AMOUNT_TOO_LARGE = "amount-too-large"
    CURRENCY_MISMATCH = "currency-mismatch"
    KEY_CONFLICT = "key-conflict"
    ENTRY_UNKNOWN = "entry-unknown"
    ENTRY_CORRECTED = "entry-corrected"
    DAY_CLOSED = "day-closed"
    VALUE_INVALID = "value-invalid"
    SYSTEM_FAULT = "system-fault"


class Refusal(Exception):  # noqa: N818 - a refusal is an answer of the system, not a fault of it
    def __init__(self, code: RefusalCode, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class Trouble(enum.Enum):
    """What keeps a system from answering, as far as its adapter can tell."""

    NO_ANSWER = "no-answer"
    DATABASE = "database"
    LOGIN = "login"
    RIGHTS = "rights"
    LIMITED = "limited"
    FAILING = "failing"


class SystemAway(Exception):  # noqa: N818 - a state of the system, told by its adapter
    """The system cannot be reached or does not answer in time: the same question may be asked again later.

    A login that is refused is such a state too: a person mends it, and no question was wrong.
    """

    def __init__(self, detail: str, trouble: Trouble = Trouble.NO_ANSWER) -> None:
        super().__init__(detail)
        self.trouble = trouble
