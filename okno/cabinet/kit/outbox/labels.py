"""Labels of a question: keyed hashes that let the gateway count by place and account without knowing either."""

from datetime import UTC, datetime

from django.conf import settings

from okno.protocol.labels import Labels, day_key


def labels_of(address: str, *, account: str | None = None) -> dict[str, str]:
    """Of where a request comes from and, with `account`, of the number as typed. The key changes each day (UTC)."""
    labels = Labels(day_key(settings.OKNO.pepper_bytes, datetime.now(UTC).date()))
    found = {"address": labels.address(address), "network": labels.network(address)}
    return found | ({"account": labels.account(account)} if account is not None else {})
