"""Every twin there is: a new one joins by two lines here, its settings and itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from okno.sandbox.payers.cloudpayments.twin import Cloudpayments, CloudpaymentsSettings
from okno.sandbox.payers.qiwi.twin import Qiwi, QiwiSettings
from okno.sandbox.payers.robokassa.twin import Robokassa, RobokassaSettings
from okno.sandbox.payers.stripe.twin import Stripe, StripeSettings
from okno.sandbox.payers.tbank.twin import Tbank, TbankSettings
from okno.sandbox.payers.twin import Twin
from okno.sandbox.payers.webmoney.twin import Webmoney, WebmoneySettings
from okno.sandbox.payers.yookassa.twin import Yookassa, YookassaSettings
from okno.sandbox.payers.yoomoney.twin import Yoomoney, YoomoneySettings

AnySettings = (
    CloudpaymentsSettings
    | QiwiSettings
    | RobokassaSettings
    | StripeSettings
    | TbankSettings
    | WebmoneySettings
    | YookassaSettings
    | YoomoneySettings
)

TWINS: dict[type, Callable[[Any], Twin]] = {
    CloudpaymentsSettings: Cloudpayments,
    QiwiSettings: Qiwi,
    RobokassaSettings: Robokassa,
    StripeSettings: Stripe,
    TbankSettings: Tbank,
    WebmoneySettings: Webmoney,
    YookassaSettings: Yookassa,
    YoomoneySettings: Yoomoney,
}
