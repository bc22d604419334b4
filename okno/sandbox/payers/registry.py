"""Every twin there is: a new one joins by two lines here, its settings and itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from okno.sandbox.payers.tbank.twin import Tbank, TbankSettings
from okno.sandbox.payers.twin import Twin
from okno.sandbox.payers.yookassa.twin import Yookassa, YookassaSettings

AnySettings = TbankSettings | YookassaSettings

TWINS: dict[type, Callable[[Any], Twin]] = {
    TbankSettings: Tbank,
    YookassaSettings: Yookassa,
}
