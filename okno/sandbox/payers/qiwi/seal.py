"""How QIWI signs the news of a bill."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any


def seal(bill: dict[str, Any], secret: str) -> str:
    amount = f"{round(float(bill['amount']['value']) * 100):03d}"
    maker = hmac.new(secret.encode(), digestmod=hashlib.sha256)
    maker.update(bill["amount"]["currency"].encode())
    for value in (f"{amount[:-2]}.{amount[-2:]}", bill["billId"], bill["siteId"], bill["status"]["value"]):
        maker.update(f"|{value}".encode())
    return maker.hexdigest()
