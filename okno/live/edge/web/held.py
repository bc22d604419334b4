"""A listening socket that is held by whoever starts this process: his supervisor (`fd://N`) or systemd (LISTEN_FDS).

It outlives the process, and several processes may stand behind it: connections queue in the kernel while one of them,
or all, are being started anew.
"""

import os
import re
import socket
from collections.abc import Mapping

BIND = re.compile(r"fd://(\d{1,6})")
# The first descriptor that systemd hands over: SD_LISTEN_FDS_START of sd_listen_fds(3).
FIRST = 3


class HeldError(Exception):
    """There is no listening socket where one was said to be; the text names the descriptor."""


def socket_held(bind: str | None, environment: Mapping[str, str] | None = None) -> socket.socket | None:
    """A copy of the socket of `bind` (`fd://N`), else of systemd's, ready for a loop; None where there is neither.

    `environment`: of this process. Raises HeldError.
    """
    if bind is not None:
        named = BIND.fullmatch(bind)
        if named is None:
            raise HeldError(f"{bind!r} is no socket held by another: fd://N, N = the number of its descriptor")
        return _listening(int(named[1]))
    environment = os.environ if environment is None else environment
    if environment.get("LISTEN_PID") != str(os.getpid()):
        return None
    count = environment.get("LISTEN_FDS", "")
    if count != "1":
        raise HeldError(f"LISTEN_FDS={count}: one listening socket is wanted, so one ListenStream= in the unit")
    return _listening(FIRST)


def _listening(number: int) -> socket.socket:
    try:
        held = socket.socket(fileno=os.dup(number))
    except OSError as error:
        raise HeldError(f"fd://{number} is no socket: {error.strerror}") from error
    if held.type != socket.SOCK_STREAM or not held.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        held.close()
        raise HeldError(f"fd://{number} is a socket that does not listen")
    held.settimeout(0)
    return held
