"""What a courier promises: one port, an in-memory broker and RabbitMQ behind it.

The rooms import this module and never a broker's client. A courier carries bytes; what they mean, and whether they are
genuine, is the protocol's business.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol


class CourierError(Exception):
    """The base of every refusal of a courier."""


class Unroutable(CourierError):  # noqa: N818 - named for what happened, as its caller reads it
    """Nothing is bound where the message was sent, or no such exchange or queue exists."""


class QueueFull(CourierError):  # noqa: N818 - named for what happened, as its caller reads it
    """The broker refused the message because a queue has reached its length: send it again later."""


class CourierDown(CourierError):  # noqa: N818 - named for what happened, as its caller reads it
    """No connection, or it was lost before the confirm came: whether the message arrived is unknown."""


class Forbidden(CourierError):  # noqa: N818 - named for what happened, as its caller reads it
    """The broker refuses this to this user: no right, a forged sender, a message above the permitted size."""


class Taken(CourierError):  # noqa: N818 - named for what happened, as its caller reads it
    """Somebody else is the exclusive consumer of the queue."""


class Delivery(Protocol):
    """One message in the hands of a consumer, who owes exactly one `ack` or `reject`."""

    @property
    def body(self) -> bytes: ...
    @property
    def queue(self) -> str: ...
    @property
    def redelivered(self) -> bool:
        """Whether the broker has handed it out before (an earlier consumer may have worked on it)."""
        ...

    @property
    def attempt(self) -> int:
        """1 for the first delivery; a classic queue counts no further than 2."""
        ...

    async def ack(self) -> None:
        """Settle it. Raises CourierDown when the connection it came by is gone: then it will come again."""
        ...

    async def reject(self, *, requeue: bool) -> None:
        """Hand it back, or let it go to the dead queue if its queue has one. Raises CourierDown like `ack`."""
        ...


class Subscription(Protocol):
    """A running consumer."""

    @property
    def lost(self) -> asyncio.Future[None]:
        """Done when no further delivery will come: connection lost, cancelled by the broker or by its owner."""
        ...

    async def cancel(self) -> None:
        """End it; what is not settled by then goes back to its queue."""
        ...


Handler = Callable[[Delivery], Awaitable[None]]


class Courier(Protocol):
    """One user's connection to one virtual host. It reconnects by itself; consumers do not (see `keeping`)."""

    async def publish(self, exchange: str, key: str, body: bytes, *, message_id: str, persistent: bool = True) -> None:
        """Return once the broker has confirmed that every bound queue holds the message.

        Raises Unroutable, QueueFull, Forbidden, or CourierDown at once when there is no connection: the caller keeps
        the message and sends it again.
        """
        ...

    async def consume(self, queue: str, handler: Handler, *, prefetch: int, exclusive: bool = False) -> Subscription:
        """Hand each message to `handler` in the queue's order, at most `prefetch` unsettled at a time.

        Handlers run side by side: who needs order holds a lock. A handler that raises has its delivery handed back
        (a classic queue's second failure drops it). Raises Taken, Forbidden, Unroutable, CourierDown.
        """
        ...

    async def depth(self, queue: str) -> int:
        """Messages ready in the queue. Raises Unroutable, CourierDown."""
        ...

    async def close(self) -> None: ...
