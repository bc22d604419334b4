"""Calls of CloudPayments' API. A repeat with the same X-Request-ID is the same call; it is remembered for an hour."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from okno.cabinet.payments.providers.cloudpayments.messages import Envelope, decoded
from okno.cabinet.payments.providers.port import ProviderAway, ProviderRefusal
from okno.cabinet.payments.providers.wire import Wire

_OK = 200
_LATER = 429
_FAULTS = range(400, 500)
_ABSENT = "not found"


class Client:
    def __init__(self, wire: Wire, authorization: str) -> None:
        self._wire = wire
        self._authorization = authorization

    def done(self, path: str, body: Mapping[str, Any], kind: type[Any], *, key: str = "") -> Any:  # noqa: ANN401 - an instance of `kind`
        """Raises ProviderAway, ProviderRefusal."""
        envelope = self._call(path, body, key)
        if not envelope.success or envelope.empty:
            raise ProviderRefusal("refused", envelope.message or "")
        return decoded(envelope.model, kind)

    def found(self, path: str, body: Mapping[str, Any], kind: type[Any]) -> Any:  # noqa: ANN401 - likewise, or None
        """None: there is no such thing; what was declined is there. Raises ProviderAway, ProviderRefusal."""
        envelope = self._call(path, body, "")
        return self._model(envelope, kind)

    def tried(self, path: str, body: Mapping[str, Any], kind: type[Any], *, key: str) -> Any:  # noqa: ANN401 - an instance of `kind`
        """What came of it, though the bank declined. Raises ProviderAway, ProviderRefusal."""
        model = self._model(self._call(path, body, key), kind)
        if model is None:
            raise ProviderRefusal("refused")
        return model

    def _model(self, envelope: Envelope, kind: type[Any]) -> Any:  # noqa: ANN401 - an instance of `kind`, or None
        if not envelope.empty:
            return decoded(envelope.model, kind)
        if (envelope.message or "").lower() == _ABSENT:
            return None
        raise ProviderRefusal("refused", envelope.message or "")

    def _call(self, path: str, body: Mapping[str, Any], key: str) -> Envelope:
        headers = {"Authorization": self._authorization, "Content-Type": "application/json"}
        if key:
            headers["X-Request-ID"] = key
        answer = self._wire.send("POST", path, body=msgspec.json.encode(body), headers=headers)
        if answer.status in _FAULTS and answer.status != _LATER:
            raise ProviderRefusal(f"status-{answer.status}")
        if answer.status != _OK:
            raise ProviderAway(f"status-{answer.status}")
        envelope: Envelope = decoded(answer.body, Envelope)
        return envelope
