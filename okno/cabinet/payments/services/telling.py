"""An alarm reaches a person: a letter to those whom the till's settings name, sealed to the sender as every letter is.

It holds the payment system's name and counts, and nothing of a customer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
import structlog

from okno.cabinet.kit import notice_binding as binding
from okno.cabinet.kit.processes.dispatcher import Connection
from okno.protocol.errors import ProtocolError
from okno.protocol.ids import new_id
from okno.protocol.keys import Keyring
from okno.protocol.sealing import seal

log = structlog.get_logger("okno.cabinet.till")

#: Tried for so long; an incident that lasts is said again each day.
LIVES = timedelta(days=2)
LETTER = """
    INSERT INTO notices_message (id, purpose, channel, to_sealed, body_sealed, expires_at)
    VALUES (%s, 'alarm', 'email', %s, %s, %s)
"""
#: The first line is the subject.
TEXTS = {
    "notices.refused": """Okno: уведомления {provider} отклоняются
За последние {ru} отклонено уведомлений: {refused}, принято: {taken}.
Платёжная система могла сменить ключ, подпись или адреса. Платежи не теряются: о них спрашивает касса, где это можно.
Что делать: okno doctor и docs/how-to/refused-notices.md.

Notices of {provider} are refused: {refused} within {en}, {taken} taken.
It may have changed its key, its signature or its addresses. What to do: docs/how-to/refused-notices.md.
""",
    "notices.unheard": """Okno: уведомления {provider} не приходят
За последние {ru} платежей: {payments}, из них без уведомления: {unheard}. Касса узнала о них, спросив сама.
Проверьте адрес уведомлений в кабинете платёжной системы и дорогу к нему.
Что делать: okno doctor и docs/how-to/refused-notices.md.

Notices of {provider} do not come: {unheard} of {payments} payments within {en} were found by asking alone.
Check the address of notices in its office, and the way to it. What to do: docs/how-to/refused-notices.md.
""",
}


def spans(window: timedelta) -> tuple[str, str]:
    """How long, as people say it in Russian and in English: minutes, from two hours on hours, from two days on days."""
    minutes = int(window.total_seconds()) // 60
    if minutes < 2 * 60:
        return f"{minutes}\N{NO-BREAK SPACE}мин", f"{minutes} minutes"
    if minutes < 2 * 24 * 60:
        return f"{minutes // 60}\N{NO-BREAK SPACE}ч", f"{minutes // 60} hours"
    return f"{minutes // (24 * 60)}\N{NO-BREAK SPACE}дн.", f"{minutes // (24 * 60)} days"


@dataclass(frozen=True)
class Officers:
    """Whom alarms are told. `ring` seals to the sender."""

    addresses: Sequence[str]
    ring: Callable[[datetime], Keyring]

    def tell(self, connection: Connection, now: datetime, kind: str, provider: str, counts: Mapping[str, int]) -> None:
        """A letter to each, in the caller's transaction."""
        ru, en = spans(timedelta(seconds=counts["window_s"]))
        text = TEXTS[kind].format(provider=provider, ru=ru, en=en, **counts)
        try:
            entry = self.ring(now).opening_for(binding.PARTY, now)
            for address in self.addresses:
                message = new_id()
                to = seal(
                    msgspec.json.encode({"email": address}), entry, subject=binding.TO_SUBJECT, type=binding.TO_TYPE
                )
                body = seal(
                    msgspec.json.encode({"text": text}),
                    entry,
                    subject=binding.body_subject(message),
                    type=binding.BODY_TYPE,
                )
                connection.execute(LETTER, [message, to, body, now + LIVES])
        except (ProtocolError, OSError) as error:
            # Nobody is told by letter, but the alarm stands: in the log, among the signals, in `okno doctor`.
            log.warning("alarm-letter", reason=type(error).__name__)
            return
        connection.execute("SELECT pg_notify('okno_notice', '')")
