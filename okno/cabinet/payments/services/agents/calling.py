"""Which agents there are, for those who may not read the counter's settings: written down as they call."""

from __future__ import annotations

from okno.cabinet.kit.statements import Value, changed
from okno.cabinet.payments.services.agents.settings import Agent

TILL = "till"

#: A busy agent's row is not written at every call.
FRESH_S = 10

SEEN = """
    INSERT INTO payments_agent AS known (name, networks, method, system, currency, called_at)
    VALUES (%(name)s, %(networks)s, %(method)s, %(system)s, %(currency)s, now())
    ON CONFLICT (name) DO UPDATE SET networks = EXCLUDED.networks, method = EXCLUDED.method,
        system = EXCLUDED.system, currency = EXCLUDED.currency, called_at = EXCLUDED.called_at
     WHERE known.called_at < now() - make_interval(secs => %(fresh_s)s)
        OR (known.networks, known.method, known.system, known.currency)
           <> (EXCLUDED.networks, EXCLUDED.method, EXCLUDED.system, EXCLUDED.currency)
"""


def agent_seen(name: str, agent: Agent) -> None:
    """He has called, and proved to be who he is. May not stand inside a transaction."""
    values: dict[str, Value] = {
        "name": name,
        "networks": " ".join(agent.networks),
        "method": agent.method,
        "system": agent.system,
        "currency": agent.currency,
        "fresh_s": FRESH_S,
    }
    changed(SEEN, values, using=TILL)
