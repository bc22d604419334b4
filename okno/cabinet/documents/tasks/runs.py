"""Slips of a whole district, as a job of the worker: finds the customers, asks for their requisites, prints.

Each step is one transaction, ends itself and puts the next one off, so a worker that dies repeats one step at most and
staff see how far it is. Customers come in pages of the inside's list, their requisites one by one, at most
WINDOW questions under way; names and addresses stay sealed until the step that prints them.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from okno.cabinet.accounts.tasks.rows import replies_end
from okno.cabinet.documents.core.districts import is_in
from okno.cabinet.documents.core.payees import payee_of
from okno.cabinet.documents.core.slips import SLIP_MINOR_MAX, Slip, slip_of
from okno.cabinet.documents.core.troubles import DocumentError
from okno.cabinet.documents.press.bulk import Form, part_of
from okno.cabinet.documents.press.closing import part_close
from okno.cabinet.documents.press.slips import drawn
from okno.cabinet.documents.tasks import run_rows as rows
from okno.cabinet.documents.tasks.run_rows import Going, Reply
from okno.cabinet.kit.jobs.kinds import Kind
from okno.cabinet.kit.outbox.handed import REQUISITES_GET, SYNC_PAGE
from okno.cabinet.kit.processes.dispatcher import Connection
from okno.cabinet.kit.processes.trust import Trust, opening_key
from okno.protocol import messages as m
from okno.protocol.errors import ProtocolError
from okno.protocol.ids import new_id
from okno.protocol.messages.base import Message
from okno.protocol.sealing import open_sealed

RUN = "documents.run"
#: A part is one document to typst, which holds some 1.3 MB of memory a page while it makes it.
PART_SLIPS_MAX = 250
PAGE_MAX, WINDOW, ANSWERS_MAX = 1000, 500, 500
#: Not the projector's class of pages (3), nor the filer's of requisites (2): each takes what it asked for.
PAGE_PRIORITY, REQUISITES_PRIORITY = 2, 3
PAUSE = timedelta(milliseconds=500)


class RunSettings(msgspec.Struct, frozen=True):
    """What printing needs beside the worker's own settings; see `WorkerSettings`."""

    keylist: str
    root_public: str
    opening_key: str
    documents_key: str
    source: str


class SlipRuns:
    """One step of a run: `run(connection, {"run": id})`."""

    def __init__(self, settings: RunSettings) -> None:
        self._settings = settings
        self._trust = Trust(settings.keylist, settings.root_public)

    def kinds(self) -> Mapping[str, Kind]:
        return {RUN: Kind(self.step)}

    def step(self, connection: Connection, payload: Mapping[str, Any]) -> None:
        going = rows.going_lock(connection, payload["run"])
        if going is None:
            return
        now = datetime.now(UTC)
        steps = {"finding": self._find, "asking": self._ask, "printing": self._print}
        moved = steps[going.state](connection, going, now)
        connection.execute(rows.COUNT, {"run": going.id})
        connection.execute(
            "INSERT INTO kit_job (id, kind, payload, run_at) VALUES (%s, %s, %s, %s)",
            [new_id(), RUN, msgspec.json.encode(payload).decode(), now if moved else now + PAUSE],
        )
        connection.execute("SELECT pg_notify('okno_job', '')")

    def _find(self, connection: Connection, going: Going, now: datetime) -> bool:
        """Ask for the next page of customers, or take it; says whether there is something to do at once."""
        if going.page_row is None:
            page = m.SyncPage(going.system, "customers", after=going.after, limit=PAGE_MAX)
            row = _question(connection, going.system, SYNC_PAGE, page, PAGE_PRIORITY)
            connection.execute("UPDATE documents_run SET page_row = %s WHERE id = %s", [row, going.id])
            return False
        for reply in rows.replies(connection, rows.PAGE, {"row": going.page_row}):
            try:
                told = self._read(reply, now)
                assert isinstance(told, m.SyncRows)  # the protocol ties the reply to its question
                people = self._opened(told.sealed, m.SyncCustomers, "", SYNC_PAGE)
            except (ProtocolError, msgspec.MsgspecError) as error:
                _end(connection, going, "failed", type(error).__name__, now)
                return True
            here = [one.account for one in people.customers if is_in(one.profile.address, going.district)]
            values = {"run": going.id, "found": going.found, "system": going.system, "minor_max": SLIP_MINOR_MAX}
            connection.execute(rows.FOUND, values | {"accounts": here})
            turned = {"after": told.next, "count": len(people.customers), "state": "finding" if told.next else "asking"}
            connection.execute(rows.TURN_PAGE, turned | {"run": going.id})
            replies_end(connection, [(reply.row, None)], now)
            return True
        return False

    def _ask(self, connection: Connection, going: Going, now: datetime) -> bool:
        """Take what has been answered, ask further."""
        answered = rows.replies(connection, rows.ANSWERS, {"run": going.id, "limit": ANSWERS_MAX})
        for reply in answered:
            trouble, told = self._judged(reply, now)
            judged = {"state": "failed" if trouble else "told", "trouble": trouble, "told": told}
            connection.execute(rows.JUDGE, judged | {"run": going.id, "place": reply.place})
        replies_end(connection, [(reply.row, None) for reply in answered if reply.outcome != "failed"], now)
        wanted = connection.execute(rows.NEXT_TO_ASK, {"run": going.id, "limit": WINDOW}).fetchall()
        for place, account in wanted:
            asked = m.RequisitesGet(account=account)
            row = _question(
                connection, going.system, REQUISITES_GET, asked, REQUISITES_PRIORITY, subject=f"acct:{account}"
            )
            connection.execute(
                "UPDATE documents_run_slip SET state = 'asked', row = %s WHERE run_id = %s AND place = %s",
                [row, going.id, place],
            )
        connection.execute(
            "UPDATE documents_run SET state = 'printing' WHERE id = %(run)s AND NOT EXISTS"
            " (SELECT FROM documents_run_slip WHERE run_id = %(run)s AND state IN ('new', 'asked'))",
            {"run": going.id},
        )
        return bool(answered)

    def _print(self, connection: Connection, going: Going, now: datetime) -> bool:
        """One part; none left ends the run."""
        waiting = connection.execute(rows.NEXT_TO_PRINT, {"run": going.id, "limit": PART_SLIPS_MAX}).fetchall()
        if not waiting:
            _end(connection, going, "done", None, now)
            return True
        slips, printed, failed = [], [], []
        for place, account, minor, told in waiting:
            try:
                slip = self._slip(account, minor, msgspec.convert(told, m.Requisites))
                drawn(slip)
            except DocumentError as error:
                failed.append((place, error.trouble))
            else:
                slips.append(slip)
                printed.append(place)
        if slips:
            try:
                self._put(connection, going, slips, now)
            except DocumentError as error:
                _end(connection, going, "failed", error.trouble, now)
                return True
        _settle(connection, going.id, printed, failed)
        return True

    def _put(self, connection: Connection, going: Going, slips: Sequence[Slip], now: datetime) -> None:
        form: Form = "zip" if going.form == "zip" else "pdf"
        content = part_of(slips, now, form, before=going.printed)
        connection.execute(
            "INSERT INTO documents_run_part (run_id, number, slips, content) VALUES (%s, %s, %s, %s)",
            [
                *(going.id, going.printed, len(slips)),
                part_close(self._settings.documents_key, going.id, going.printed, content),
            ],
        )

    def _slip(self, account: str, minor: int | None, told: m.Requisites) -> Slip:
        payer = self._opened(told.sealed, m.Profile, f"acct:{account}", REQUISITES_GET)
        return slip_of(payee_of(told), told.purpose, payer, minor)

    def _judged(self, reply: Reply, now: datetime) -> tuple[str | None, str | None]:
        """What is wrong with an answer, or what it told."""
        try:
            told = self._read(reply, now)
            assert isinstance(told, m.Requisites)  # the protocol ties the reply to its question
            payee_of(told)
            self._opened(told.sealed, m.Profile, f"acct:{reply.account}", REQUISITES_GET)
        except DocumentError as error:
            return error.trouble, None
        except (ProtocolError, msgspec.MsgspecError):
            return "no-answer", None
        return None, msgspec.json.encode(told).decode()

    def _read(self, reply: Reply, now: datetime) -> msgspec.Struct:
        fetched = reply.fetched()
        if fetched is None:
            raise msgspec.MsgspecError
        return fetched.read(self._trust.ring(now), self._settings.source).data

    def _opened(self, sealed: str | None, kind: type[Any], subject: str, type_: str) -> Any:  # noqa: ANN401 (as `kind` says)
        key = opening_key(self._settings.opening_key)
        return msgspec.json.decode(open_sealed(sealed or "", key, subject=subject, type=type_), type=kind)


def _question(
    connection: Connection, system: str, type_: str, data: Message, priority: int, *, subject: str = ""
) -> str:
    row = new_id()
    values = {"id": row, "type": type_, "system": system, "subject": subject, "priority": priority, "key": row}
    connection.execute(rows.ASK, values | {"data": msgspec.json.encode(data)})
    connection.execute("SELECT pg_notify('okno_outbox', '')")
    return row


def _settle(connection: Connection, run: str, printed: Sequence[int], failed: Sequence[tuple[int, str]]) -> None:
    connection.execute(
        "UPDATE documents_run_slip SET state = 'printed', requisites = NULL WHERE run_id = %s AND place = ANY(%s)",
        [run, list(printed)],
    )
    for place, trouble in failed:
        connection.execute(
            "UPDATE documents_run_slip SET state = 'failed', trouble = %s, requisites = NULL"
            " WHERE run_id = %s AND place = %s",
            [trouble, run, place],
        )


def _end(connection: Connection, going: Going, state: str, trouble: str | None, now: datetime) -> None:
    connection.execute(
        "UPDATE documents_run SET state = %s, trouble = %s, finished_at = %s WHERE id = %s",
        [state, trouble, now, going.id],
    )
