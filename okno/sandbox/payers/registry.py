"""Every twin there is: a new one joins by two lines here, its settings and itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from okno.sandbox.payers.twin import Twin, TwinSettings

AnySettings = TwinSettings

TWINS: dict[type, Callable[[Any], Twin]] = {}
