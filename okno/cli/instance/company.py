"""Whom the demo's customers pay to: an invented company at an invented bank of a region that does not exist."""

from hashlib import sha256

import msgspec

from okno.connectors.runtime.port import Payee
from okno.sandbox.payers import nspk

DEMO_PAYEE = Payee(
    name="ООО «Пример»",
    account="40702810600000000001",
    bank="АО «Банк для примера»",
    bic="040200999",
    correspondent_account="30101810500000000999",
    inn="0000123450",
    kpp="000001001",
    sbp_link=nspk.static("https://qr.nspk.ru", sha256(b"okno demo payee").digest()),
)
#: By company of the demo's Tryton.
PAYEES = {
    "1": DEMO_PAYEE,
    "2": msgspec.structs.replace(DEMO_PAYEE, name="Svetly Dom Oy", account="40702978600000000001", sbp_link=None),
}
DEMO_PURPOSE = "Оплата услуг связи. НДС не облагается"
