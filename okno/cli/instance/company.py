"""Whom the demo's customers pay to: an invented company at an invented bank of a region that does not exist."""

from okno.connectors.runtime.port import Payee

DEMO_PAYEE = Payee(
    name="ООО «Пример»",
    account="40702810600000000001",
    bank="АО «Банк для примера»",
    bic="040200999",
    correspondent_account="30101810500000000999",
    inn="0000123450",
    kpp="000001001",
)
DEMO_PURPOSE = "Оплата услуг связи. НДС не облагается"
