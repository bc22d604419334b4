"""Kills one process after another of a running full stack and waits until its supervisor has it back."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import msgspec
import urllib3
from urllib3.exceptions import HTTPError

from okno.cli.drill.billing import DrillError
from okno.cli.instance.layout import State

BACK_S_MAX = 120
LOOK_S = 0.1
READY_TIMEOUT_S = 2
GATEWAYS = ("gw1", "gw2")
OK = 200


class Killed(msgspec.Struct, frozen=True, kw_only=True):
    """`at_s` and `back_s` are seconds: since the drill began, and until another process stood in its place."""

    victim: str
    process: str
    pid: int
    after: int
    at_s: float
    back_s: float


START = "start `okno demo --stack full --system tryton`"


def state_read(directory: Path, *, inside: str = "tryton", start: str = START) -> State:
    """What runs. Raises DrillError where nothing does, or not as processes of their own, or without that `inside`."""
    try:
        state = state_read_again(directory)
    except FileNotFoundError as error:
        raise DrillError(f"nothing runs in {directory}: {start}") from error
    if state.stack != "full" or ("tryton" in state.pids) != (inside == "tryton"):
        named = "a Tryton" if inside == "tryton" else "the built-in book"
        raise DrillError(f"no full stack on {named} runs in {directory}: {start}")
    return state


def active_gateway(state: State) -> str:
    """The instance that takes messages now; the first one while none does."""
    with urllib3.PoolManager(retries=False, timeout=READY_TIMEOUT_S) as pool:
        for name in GATEWAYS:
            try:
                if pool.request("GET", f"http://127.0.0.1:{state.ports[name]}/-/ready").status == OK:
                    return name
            except HTTPError:
                continue
    return GATEWAYS[0]


def kill(directory: Path, victim: str, *, after: int, began: float) -> Killed:
    """Kill -9 of it and its workers, and back again. Raises DrillError when nobody comes in its place."""
    state = state_read_again(directory)
    process = active_gateway(state) if victim == "gateway" else victim
    pid, at = state.pids[process], time.monotonic()
    os.killpg(pid, signal.SIGKILL)
    while state_read_again(directory).pids.get(process, pid) == pid:
        if time.monotonic() > at + BACK_S_MAX:
            raise DrillError(f"{process} was killed and is not back after {BACK_S_MAX} s")
        time.sleep(LOOK_S)
    back_s = round(time.monotonic() - at, 1)
    return Killed(victim=victim, process=process, pid=pid, after=after, at_s=round(at - began, 1), back_s=back_s)


def state_read_again(directory: Path) -> State:
    """As it stands at this moment: a process that is just down has no pid in it."""
    return msgspec.json.decode((directory / "run" / "state.json").read_bytes(), type=State)
