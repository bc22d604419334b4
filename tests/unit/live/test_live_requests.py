"""What a request may look like: cookie, query, cursor; what a refusal looks like; how many signals one may cause."""

import hashlib
import json
from base64 import urlsafe_b64encode
from datetime import date

import pytest

from okno.live.core.allowance import Allowance
from okno.live.edge.openapi.document import text
from okno.live.edge.store.database import OPERATIONS, OVERVIEW, YEAR
from okno.live.edge.web.desk import asked
from okno.live.edge.web.problems import Problem, RefusalError, language_of, problem_body
from okno.live.edge.web.session import token_hash
from okno.live.edge.web.streaming import after_of

TOKEN = bytes(range(32))
VALUE = urlsafe_b64encode(TOKEN).decode().rstrip("=")
ACCOUNT = "0190163d-8694-739b-aea5-966c26f8ad91"


@pytest.mark.parametrize("header", [f"__Host-okno={VALUE}", f"a=b; __Host-okno={VALUE} ; theme=dark"])
def test_session_cookie_becomes_the_hash_of_its_token(header: str | None) -> None:
    assert token_hash(header) == hashlib.sha256(TOKEN).digest()


@pytest.mark.parametrize(
    "header",
    [
        pytest.param(None, id="no header"),
        pytest.param("", id="empty"),
        pytest.param(f"okno={VALUE}", id="other name"),
        pytest.param(f"__host-okno={VALUE}", id="other case"),
        pytest.param(f"__Host-okno={VALUE}; __Host-okno={VALUE}", id="twice"),
        pytest.param(f"__Host-okno={VALUE}=", id="padded"),
        pytest.param(f"__Host-okno={VALUE[:-1]}", id="short"),
        pytest.param(f"__Host-okno={VALUE}A", id="long"),
        pytest.param(f"__Host-okno={VALUE[:-1]}9", id="bits beyond the last byte"),
        pytest.param(f'__Host-okno="{VALUE}"', id="quoted"),
        pytest.param(f"__Host-okno={VALUE[:-1]}+", id="not base64url"),
        pytest.param(f"__Host-okno={VALUE},__Host-okno={VALUE}", id="joined by a comma"),
    ],
)
def test_cookie_of_another_form_is_no_session(header: str | None) -> None:
    assert token_hash(header) is None


def test_query_becomes_what_is_asked() -> None:
    assert asked("/live/v1/overview", "") == (OVERVIEW, (None,))
    assert asked("/live/v1/overview", f"account={ACCOUNT}") == (OVERVIEW, (ACCOUNT,))
    assert asked("/live/v1/year", f"account={ACCOUNT}") == (YEAR, (ACCOUNT,))
    assert asked("/live/v1/operations", f"account={ACCOUNT}") == (OPERATIONS, (ACCOUNT, None, 50, None, None, None))
    assert asked(
        "/live/v1/operations", f"account={ACCOUNT}&before=43&limit=999&kind=payment&from=2026-09-01&to=2026-10-01"
    ) == (OPERATIONS, (ACCOUNT, 43, 200, "payment", date(2026, 9, 1), date(2026, 10, 1)))


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("overview", "acount=1"),
        ("overview", f"account={ACCOUNT}&account={ACCOUNT}"),
        ("overview", "account"),
        ("overview", "account=%ff"),
        ("overview", "&".join(f"a{number}=1" for number in range(50))),
        ("year", ""),
        ("operations", ""),
        ("operations", f"account={ACCOUNT}&before=0"),
        ("operations", f"account={ACCOUNT}&before=-1"),
        ("operations", f"account={ACCOUNT}&before=1e3"),
        ("operations", f"account={ACCOUNT}&limit="),
        ("operations", f"account={ACCOUNT}&limit=1234567890123456789"),
        ("operations", f"account={ACCOUNT}&kind=bribe"),
        ("operations", f"account={ACCOUNT}&from=2026-02-30"),
        ("operations", f"account={ACCOUNT}&to=20260201"),
        ("operations", f"account={ACCOUNT}&year=1"),
    ],
)
def test_query_of_another_form_is_a_bad_request(path: str, query: str) -> None:
    with pytest.raises(RefusalError) as refusal:
        asked(f"/live/v1/{path}", query)
    assert refusal.value.problem is Problem.BAD_REQUEST


@pytest.mark.parametrize(
    "account", ["1", "", ACCOUNT.upper(), ACCOUNT + "0", f"{{{ACCOUNT}}}", ACCOUNT.replace("-", "")]
)
def test_account_of_another_form_is_answered_like_an_unknown_one(account: str) -> None:
    with pytest.raises(RefusalError) as refusal:
        asked("/live/v1/overview", f"account={account}")
    assert refusal.value.problem is Problem.NOT_FOUND


def test_cursor_of_a_stream_is_read() -> None:
    assert after_of("") == {}
    assert after_of(f"{ACCOUNT}:43,{ACCOUNT[:-1]}0:0") == {ACCOUNT: 43, ACCOUNT[:-1] + "0": 0}


@pytest.mark.parametrize(
    "text",
    [
        "1:1",
        ACCOUNT,
        f"{ACCOUNT}:",
        f"{ACCOUNT}:-1",
        f"{ACCOUNT}:1:2",
        f"{ACCOUNT}:1234567890123456789",
        ",".join(f"{ACCOUNT[:-3]}{number:03x}:1" for number in range(101)),
    ],
)
def test_cursor_of_another_form_is_a_bad_request(text: str) -> None:
    with pytest.raises(RefusalError) as refusal:
        after_of(text)
    assert refusal.value.problem is Problem.BAD_REQUEST


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "ru"),
        ("ru-RU,ru;q=0.9,en;q=0.8", "ru"),
        ("en-GB,en;q=0.9,ru;q=0.1", "en"),
        ("de,en;q=0.5", "en"),
        ("de", "ru"),
    ],
)
def test_language_of_a_refusal_is_the_readers(header: str, language: str) -> None:
    assert language_of(header) == language


@pytest.mark.parametrize("problem", list(Problem))
def test_problem_says_in_both_languages_what_happened_and_what_to_do(problem: Problem) -> None:
    russian = json.loads(problem_body(problem, "ru", "/live/v1/overview"))
    english = json.loads(problem_body(problem, "en", "/live/v1/overview"))
    assert russian["title"] != english["title"]
    assert russian["detail"] != english["detail"]
    for body in (russian, english):
        assert body["type"] == f"urn:okno:problem:{problem.code}"
        assert body["status"] == problem.status
        assert body["code"] == problem.code
        assert body["instance"] == "/live/v1/overview"
    assert not any("a" <= letter <= "z" for letter in russian["title"] + russian["detail"])


def test_signals_are_bounded_per_session_and_in_all_and_the_window_moves_on() -> None:
    allowance = Allowance(per_key_max=2, total_max=3, window_s=60)
    assert [allowance.spend(b"a", 0.0) for _ in range(3)] == [True, True, False]
    assert [allowance.spend(key, 1.0) for key in (b"b", b"c")] == [True, False]
    assert allowance.spent_out == 2
    assert allowance.spend(b"a", 60.0)


def test_description_of_the_api_is_current(request: pytest.FixtureRequest) -> None:
    kept = request.config.rootpath / "docs" / "reference" / "openapi-live.json"
    assert kept.read_text(encoding="utf-8") == text(), "run: python -m okno.live.edge.openapi.document > " + str(kept)
