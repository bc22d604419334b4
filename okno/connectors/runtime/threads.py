"""Threads for work that waits: the database drivers here are synchronous, the couriers are not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")


class Threads:
    def __init__(self, size: int, *, name: str) -> None:
        self._executor = ThreadPoolExecutor(size, thread_name_prefix=name)

    async def run(self, work: Callable[[], Result]) -> Result:
        """Run `work` in a thread. Cancelling gives up waiting; the thread itself goes on to its end."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)

    def close(self) -> None:
        """Wait for what is running."""
        self._executor.shutdown(wait=True, cancel_futures=True)
