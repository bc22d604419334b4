"""Slips of a whole district: staff begins, the worker finds, asks and prints, every step repeatable."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import msgspec
import psycopg
import pytest
from cryptography.exceptions import InvalidTag
from factories.district import DOCUMENTS_KEY, District
from factories.papers import AT, slips
from factories.portal import DESK_HOST, Browser, Portal, SettingsChange
from factories.staff import staff_sending

from okno.cabinet.accounts.selectors import NotFoundError
from okno.cabinet.documents.core.districts import is_in
from okno.cabinet.documents.core.slips import slip_payload
from okno.cabinet.documents.core.troubles import DocumentError
from okno.cabinet.documents.press import bulk
from okno.cabinet.documents.press.closing import part_close, part_open
from okno.cabinet.documents.press.rereading import pages_of, symbol_of, symbols_of, text_of
from okno.cabinet.documents.services.runs import run_begin, run_file, run_progress
from okno.cabinet.documents.tasks import runs as stepping
from okno.cabinet.kit.jobs.housekeeping import KINDS
from okno.cabinet.kit.jobs.worker import WorkerSettings
from okno.cabinet.kit.problems import Refusal, RefusalError
from okno.cli.processes.worker import kinds_of
from okno.protocol.ids import new_id


@pytest.fixture
def district(portal: Portal, tmp_path: Path, settings_change: SettingsChange) -> Iterator[District]:
    with settings_change(documents_key=DOCUMENTS_KEY):
        yield District(portal, tmp_path)


@pytest.fixture
def desk(portal: Portal) -> Browser:
    """A cashier at the desk, whose programs send no form."""
    return staff_sending(portal, "cashier")


def run_of(text: str = "Береговая", form: bulk.Form = "pdf") -> UUID:
    return run_begin(staff=1, system="main", district=text, form=form)


def test_runs_print_every_customer_of_a_street_and_nobody_else(district: District) -> None:
    near, _ = district.settle("Береговая", 7), district.settle("Садовая", 4)
    district.portal.peek("UPDATE accounts_account SET status = 'closed' WHERE id = %s", near[0])
    district.portal.peek("UPDATE accounts_account SET balance = -5 WHERE id = %s", near[1])
    district.wrong = {near[2]}
    run = run_of()
    assert run_progress(run).state == "finding"
    with pytest.raises(RefusalError) as early:
        run_file(run, staff=1)
    assert early.value.refusal is Refusal.NOT_READY

    district.finish()

    progress = run_progress(run)
    assert (progress.state, progress.looked_at, progress.found) == ("done", 11, 6)
    assert (progress.printed, progress.failed) == (5, 1)
    name, pdf = run_file(run, staff=1)
    assert (name, pages_of(pdf)) == ("slips-0000000.pdf", 5)
    texts = [text_of(pdf, page) for page in range(5)]
    assert all("Береговая" in text for text in texts)
    assert b"Sum=" not in symbol_of(pdf, 0)
    assert b"|Sum=1003" in symbol_of(pdf, 1)
    assert district.portal.peek("SELECT trouble FROM documents_run_slip WHERE state = 'failed'") == [("payee-wrong",)]
    assert district.portal.peek("SELECT count(*) FROM documents_run_slip WHERE requisites IS NOT NULL") == [(0,)]
    assert district.portal.peek("SELECT DISTINCT state FROM kit_outbox") == [("done",)]
    assert len(district.asked) == 4 + 6


def test_runs_keep_nobody_in_clear(district: District) -> None:
    district.settle("Береговая", 2)
    run = run_of()
    district.finish()
    [(closed,)] = district.portal.peek("SELECT content FROM documents_run_part")
    assert b"%PDF" not in bytes(closed)
    assert part_open(DOCUMENTS_KEY, str(run), 0, bytes(closed)).startswith(b"%PDF")
    with pytest.raises(InvalidTag):
        part_open(DOCUMENTS_KEY, str(run), 1, bytes(closed))
    assert part_open(DOCUMENTS_KEY, "r", 1, part_close(DOCUMENTS_KEY, "r", 1, b"x")) == b"x"
    dump = str(district.portal.peek("SELECT r::text FROM documents_run r")) + str(
        district.portal.peek("SELECT s::text FROM documents_run_slip s")
    )
    assert "Голубева" not in dump


def test_runs_of_many_parts_come_as_a_zip(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    district.settle("Береговая", 5)
    monkeypatch.setattr(stepping, "PART_SLIPS_MAX", 2)
    run = run_of()
    district.finish()
    assert run_progress(run).parts == (0, 2, 4)
    name, content = run_file(run, staff=1)
    packed = zipfile.ZipFile(io.BytesIO(content))
    assert (name, packed.namelist()) == ("slips.zip", [f"slips-000000{place}.pdf" for place in (0, 2, 4)])
    assert [pages_of(packed.read(one)) for one in packed.namelist()] == [2, 2, 1]
    assert pages_of(run_file(run, staff=1, part=2)[1]) == 2
    with pytest.raises(NotFoundError):
        run_file(run, staff=1, part=3)
    monkeypatch.setattr("okno.cabinet.documents.services.runs.WHOLE_PARTS_MAX", 2)
    with pytest.raises(RefusalError) as large:
        run_file(run, staff=1)
    assert large.value.refusal is Refusal.TOO_LARGE


def test_runs_as_files_of_their_own(district: District) -> None:
    district.settle("Береговая", 3)
    run = run_of(form="zip")
    district.finish()
    name, content = run_file(run, staff=1)
    packed = zipfile.ZipFile(io.BytesIO(content))
    assert (name, len(packed.namelist())) == ("slips-0000000.zip", 3)
    assert all(pages_of(packed.read(one)) == 1 for one in packed.namelist())


def test_runs_that_the_inside_does_not_answer(district: District) -> None:
    accounts = district.settle("Береговая", 2)
    run = run_of()
    district.work()
    district.portal.peek("UPDATE kit_outbox SET state = 'failed'")
    district.finish()
    assert (run_progress(run).state, run_progress(run).printed) == ("failed", 0)
    other = run_of()
    district.work()
    district.relay()
    district.work()
    district.work()
    district.portal.peek("UPDATE kit_outbox SET state = 'failed' WHERE subject = %s", f"acct:{accounts[0]}")
    district.finish()
    progress = run_progress(other)
    assert (progress.state, progress.printed, progress.failed) == ("done", 1, 1)
    assert district.portal.peek("SELECT DISTINCT trouble FROM documents_run_slip WHERE state = 'failed'") == [
        ("no-answer",)
    ]


def test_runs_of_nobody_end_and_ended_ones_do_nothing(district: District) -> None:
    district.settle("Садовая", 1)
    run = run_of()
    district.finish()
    assert (run_progress(run).state, run_progress(run).parts) == ("done", ())
    with pytest.raises(NotFoundError):
        run_file(run, staff=1)
    with psycopg.connect(district.portal.database.dsn("worker")) as connection:
        district.runs().step(connection, {"run": str(run)})
    assert not district.work()
    district.portal.peek("UPDATE documents_run SET expires_at = now()")
    with pytest.raises(NotFoundError):
        run_progress(run)
    with psycopg.connect(district.portal.database.dsn("worker")) as connection:
        KINDS["documents.runs.end"].run(connection, {})
    assert district.portal.peek("SELECT 1 FROM documents_run") == []


def test_runs_that_cannot_be_are_refused_and_leave_nothing(district: District) -> None:
    district.settle("Садовая", 1)
    for text in ("", "ул", "!!!!", "я" * 201):
        with pytest.raises(RefusalError):
            run_of(text)
    with pytest.raises(NotFoundError):
        run_begin(staff=1, system="other", district="Садовая", form="pdf")
    assert district.portal.peek("SELECT 1 FROM documents_run UNION ALL SELECT 1 FROM kit_job") == []


def test_runs_at_the_desk(district: District, desk: Browser) -> None:
    district.settle("Береговая", 2)
    asked = {"system": "main", "district": "Примерск, Береговая", "form": "pdf"}
    begun = desk.post("/documents/runs", asked)
    assert begun.status_code == 202
    path = f"/documents/runs/{begun.json()['id']}"
    assert desk.get(f"{path}/file").status_code == 409
    district.finish()
    assert desk.get(path).json()["printed"] == 2
    answer = desk.get(f"{path}/file")
    assert (answer["Content-Type"], answer["Content-Disposition"]) == (
        "application/pdf",
        'attachment; filename="slips-0000000.pdf"',
    )
    assert desk.get(f"{path}/file?part=0").content == answer.content
    assert desk.get(f"{path}/file?part=x").status_code == 400
    assert desk.post("/documents/runs", {**asked, "form": "paper"}).status_code == 400
    assert desk.post("/documents/runs", {**asked, "system": "none"}).status_code == 404
    assert desk.get(f"/documents/runs/{new_id()}").status_code == 404
    stranger = district.portal.browser(host=DESK_HOST)
    assert [stranger.get(path).status_code, stranger.get(f"{path}/file").status_code] == [401, 401]
    assert stranger.post("/documents/runs", asked).status_code == 401
    actions = district.portal.peek("SELECT action FROM kit_audit WHERE action LIKE 'slips%%' ORDER BY seq")
    assert actions == [("slips.begin",), ("slips.file",), ("slips.file",)]


def test_runs_reread_the_first_and_every_thousandth(monkeypatch: pytest.MonkeyPatch) -> None:
    found = slips(3)
    read: list[int] = []

    def noting(pdf: bytes, page: int = 0) -> frozenset[bytes]:
        read.append(page)
        return symbols_of(pdf, page)

    monkeypatch.setattr(bulk, "symbols_of", noting)
    bulk.part_of(found, AT, "pdf", before=0)
    bulk.part_of(found, AT, "pdf", before=998)
    bulk.part_of(found, AT, "pdf", before=1001)
    bulk.part_of(found, AT, "zip", before=999)
    assert read == [0, 2, 0]
    monkeypatch.setattr(bulk, "symbols_of", lambda _pdf, _page=0: frozenset({slip_payload(found[1])}))
    with pytest.raises(DocumentError):
        bulk.part_of(found, AT, "pdf", before=0)
    monkeypatch.setattr(bulk, "pages_of", lambda _pdf: 4)
    with pytest.raises(DocumentError) as refused:
        bulk.part_of(found, AT, "pdf", before=1)
    assert refused.value.what == ("pages",)


def test_districts_are_whole_words_in_their_order() -> None:
    address = "190000, Примерск, ул. Берёзовая, д. 5, кв. 12"
    for text in ("Березовая", "примерск БЕРЁЗОВАЯ", "ул. Берёзовая, д. 5", "190000"):
        assert is_in(address, text)
    for text in ("Берёз", "Берёзовая Примерск", "Садовая", "", "..."):
        assert not is_in(address, text)


def test_runs_need_a_worker_that_holds_the_keys(portal: Portal) -> None:
    plain = WorkerSettings(dsn=portal.database.dsn("worker"))
    assert "documents.run" not in kinds_of(plain)
    config = portal.config
    files = {"keylist": config.keylist, "root_public": config.root_public, "opening_key": config.opening_key}
    printing = msgspec.structs.replace(plain, documents_key=DOCUMENTS_KEY, **files)
    assert set(kinds_of(printing)) == {*KINDS, "documents.run"}
    assert "documents.run" not in kinds_of(msgspec.structs.replace(printing, documents_key=None))


def asked(district: District) -> None:
    """Until everything is told and nothing printed."""
    while district.work() and district.portal.peek("SELECT state FROM documents_run") != [("printing",)]:
        district.relay()


def test_runs_leave_out_a_slip_that_cannot_be_printed(district: District) -> None:
    district.settle("Береговая", 3)
    run = run_of()
    asked(district)
    wrong = "jsonb_set(requisites, '{bic}', '\"040200998\"')"
    district.portal.peek(f"UPDATE documents_run_slip SET requisites = {wrong} WHERE place = 1")  # noqa: S608 (a constant)
    district.finish()
    assert (run_progress(run).state, run_progress(run).printed, run_progress(run).failed) == ("done", 2, 1)
    assert district.portal.peek("SELECT place FROM documents_run_slip WHERE trouble = 'payee-wrong'") == [(1,)]


def test_runs_whose_page_reads_otherwise_issue_nothing(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    district.settle("Береговая", 3)
    run = run_of()
    asked(district)
    monkeypatch.setattr(bulk, "symbols_of", lambda _pdf, _page=0: frozenset({b"ST00012|another"}))
    district.finish()
    assert (run_progress(run).state, run_progress(run).trouble, run_progress(run).parts) == (
        "failed",
        "symbol-wrong",
        (),
    )
