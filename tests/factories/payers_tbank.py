"""T-Bank as a test writes it: the provider before answers that are written by hand."""

import json
from typing import Any

from factories.payers import TBANK_PASSWORD, Bench, wire
from factories.payers_running import Arrived

from okno.cabinet.payments.providers.tbank import provider as tbank

TERMINAL = "1700000000DEMO"


def settings(**changes: Any) -> tbank.Settings:  # noqa: ANN401 - fields of it
    return tbank.Settings(**{"terminal_key": TERMINAL, "password": TBANK_PASSWORD, **changes})


def answering(bench: Bench, answers: dict[str, Any], status: int = 200) -> Any:  # noqa: ANN401 - a provider
    """The provider before a system that answers each method with what is written here."""

    def answer(arrived: Arrived) -> tuple[int, bytes]:
        content = answers.get(arrived.path.rpartition("/")[2], {"ErrorCode": "255"})
        return status, content if isinstance(content, bytes) else json.dumps(content).encode()

    bench.house.answers = answer
    return tbank.provider(settings(), wire(f"http://127.0.0.1:{bench.house.shop_port}"))


def good(**more: object) -> dict[str, object]:
    return {"Success": True, "ErrorCode": "0", **more}


def of_payment(status: str = "CONFIRMED", **more: object) -> dict[str, object]:
    return good(PaymentId="7", Status=status, OrderId="0" * 32, Amount=5_00, **more)
