"""A listening socket that outlives the process behind it, as systemd's socket units hold theirs.

While the process is being started anew connections queue in the kernel instead of being refused, and the port cannot
be taken by anybody else.
"""

import http.client
import socket

from okno.cli.servers.account import ServerError

BACKLOG = 2048
ANSWER_TIMEOUT_S = 1


def door_open(port: int) -> socket.socket:
    """Listen on 127.0.0.1:port. Raises ServerError when somebody else does."""
    door = socket.socket()
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind(("127.0.0.1", port))
    except OSError as error:
        door.close()
        raise ServerError(f"port {port} of 127.0.0.1 cannot be opened: {error.strerror}") from error
    door.listen(BACKLOG)
    return door


def answers(port: int, host: str = "127.0.0.1") -> bool:
    """Whether somebody speaks HTTP behind a door: that it takes connections says nothing."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_TIMEOUT_S)
    try:
        connection.request("GET", "/-/live", headers={"Host": host})
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True
