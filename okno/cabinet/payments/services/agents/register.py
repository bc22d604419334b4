"""What an agent has brought in a day of his, for his books to be compared with ours."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, time, timedelta
from http import HTTPStatus
from zoneinfo import ZoneInfo

from okno.cabinet.kit.statements import rows
from okno.cabinet.payments.providers.port import Reply
from okno.cabinet.payments.services.agents.settings import Agent
from okno.protocol.money.amount import Money

CSV = "text/csv; charset=utf-8"
COLUMNS = ("txn_id", "txn_date", "prv_txn", "account", "sum", "cancel")

DAY = """
    SELECT o.txn, o.txn_at, payment.number, o.tail, o.amount, o.currency, COALESCE((
               SELECT refund.state FROM payments_agent_order c JOIN payments_refund refund ON refund.id = c.refund_id
                WHERE c.attempt_id = o.attempt_id AND c.kind = 'cancel' ORDER BY refund.created_at DESC LIMIT 1), '')
      FROM payments_agent_order o
      JOIN payments_attempt attempt ON attempt.id = o.attempt_id
      JOIN payments_payment payment ON payment.id = attempt.payment_id
     WHERE o.agent = %s AND o.kind = 'pay' AND o.txn_at >= %s AND o.txn_at < %s
     ORDER BY o.txn_at, o.txn
"""


def register_reply(name: str, agent: Agent, day: str) -> Reply:
    """`YYYYMMDD` as CSV, 400 for no day. The day is cut by `txn_date` in the agent's zone."""
    try:
        wanted = datetime.strptime(day, "%Y%m%d").date()  # noqa: DTZ007 - a day, of the zone below
    except ValueError:
        return Reply(HTTPStatus.BAD_REQUEST)
    return Reply(HTTPStatus.OK, _table(name, agent, wanted).encode(), CSV)


def _table(name: str, agent: Agent, day: date) -> str:
    zone = ZoneInfo(agent.time_zone)
    begins, ends = (datetime.combine(each, time.min, zone) for each in (day, day + timedelta(days=1)))
    written = io.StringIO()
    table = csv.writer(written, delimiter=";", lineterminator="\r\n")
    table.writerow(COLUMNS)
    for txn, at, number, tail, minor, currency, cancel in rows(DAY, [name, begins, ends], using="till"):
        moment = at.astimezone(zone).strftime("%Y%m%d%H%M%S")
        table.writerow((txn, moment, number, f"*{tail}", Money(minor, currency).decimal, cancel))
    return written.getvalue()
