"""The rules of the house bite: each is shown a breach and a clean file."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


def tool(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"house_{name}", ROOT / "tools" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


tidy = tool("tidy")
doclinks = tool("doclinks")

LONG_FUNCTION = "def far():\n" + "    x = 1\n" * 70
MOCKING_TEST = "def test_a():\n    Mock()\n    assert True\n"


@pytest.fixture
def no_exceptions(monkeypatch: pytest.MonkeyPatch) -> None:
    """A planted tree has none of the subjects that the real tree's exceptions name."""
    for named in (tidy.LONG_FILES, tidy.LONG_FUNCTIONS, tidy.FULL_FOLDERS, tidy.DYNAMIC_IMPORTS):
        for subject in list(named):
            monkeypatch.delitem(named, subject)


@pytest.mark.parametrize(
    ("path", "text", "words"),
    [
        ("okno/a.py", "x = 1\n" * 401, "401 lines"),
        ("okno/a.py", LONG_FUNCTION, "far has 71 lines"),
        ("okno/utils/a.py", "x = 1\n", "'utils' says nothing"),
        ("okno/helpers.py", "x = 1\n", "'helpers' says nothing"),
        ("okno/a.py", "import_module('okno.b')\n", "hides from the import contracts"),
        ("tests/unit/test_a.py", "def test_a():\n    print(1)\n", "asserts nothing"),
        ("tests/unit/test_a.py", "pytest.skip('no server')\n", "may not be skipped"),
        ("tests/unit/test_a.py", MOCKING_TEST, "1 mocks in 1 tests"),
    ],
)
def test_a_breach_is_named(tmp_path: Path, path: str, text: str, words: str) -> None:
    plant(tmp_path, path, text)
    found = tidy.breaches(tmp_path)
    assert any(words in str(breach) for breach in found), found
    assert tidy.main([str(tmp_path)]) == 1


@pytest.mark.usefixtures("no_exceptions")
def test_a_full_folder_is_named(tmp_path: Path) -> None:
    for number in range(13):
        plant(tmp_path, f"okno/room/part{number}.py", "x = 1\n")
    assert [breach.path for breach in tidy.breaches(tmp_path)] == ["okno/room"]


@pytest.mark.usefixtures("no_exceptions")
@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("okno/a.py", "x = 1\n" * 400),
        ("okno/a/migrations/0001_initial.py", "x = 1\n" * 500),
        ("tests/unit/test_a.py", "def test_a():\n    assert 1\n"),
        ("tests/unit/test_a.py", "def test_a():\n    verify()\n\ndef verify():\n    assert 1\n"),
        ("tests/unit/test_a.py", "def test_a():\n    with pytest.raises(E):\n        f()\n"),
    ],
)
def test_a_clean_file_passes(tmp_path: Path, path: str, text: str) -> None:
    plant(tmp_path, path, text)
    assert tidy.breaches(tmp_path) == []


@pytest.mark.usefixtures("no_exceptions")
def test_an_exception_without_its_subject_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(tidy.LONG_FILES, "okno/gone.py", "it was long once")
    assert "no subject any more" in str(tidy.breaches(tmp_path)[0])


@pytest.mark.usefixtures("no_exceptions")
def test_the_report_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plant(tmp_path, "okno/a.py", "# why\ndef f():\n    return 1\n")
    plant(tmp_path, "tests/test_a.py", "def test_a():\n    assert 1\n")
    assert tidy.main([str(tmp_path), "--report"]) == 0
    assert "33.3 %" in capsys.readouterr().out


def test_this_tree_is_tidy() -> None:
    assert [str(breach) for breach in tidy.breaches(ROOT)] == []


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("[gone](missing.md)", "leads nowhere"),
        ("[gone](other.md#nothing)", "has no such heading"),
        ("![gone](missing.png)", "leads nowhere"),
    ],
)
def test_a_broken_link_is_named(tmp_path: Path, page: str, words: str) -> None:
    plant(tmp_path, "other.md", "# Something\n")
    plant(tmp_path, "page.md", page)
    assert [line for line in doclinks.broken_links(tmp_path) if words in line]
    assert doclinks.main([str(tmp_path)]) == 1


def test_whole_links_pass(tmp_path: Path) -> None:
    plant(tmp_path, "docs/other.md", "# Some `thing` else\n")
    plant(tmp_path, "page.md", "[a](docs/other.md#some-thing-else) [b](https://example.org)\n```\n[c](gone.md)\n```\n")
    assert doclinks.main([str(tmp_path)]) == 0


def test_a_lock_file_with_a_host_is_named(tmp_path: Path) -> None:
    plant(tmp_path, "requirements.txt", "a==1 --hash=sha256:0\n--index-url x\n")
    plant(
        tmp_path,
        "web/package-lock.json",
        '{"packages": {"a": {"resolved": "x"}, "b": {"resolved": "c", "link": true}}}',
    )
    assert len(list(doclinks.hosts_in_locks(tmp_path))) == 2


def test_the_pages_and_locks_of_this_tree_are_whole() -> None:
    assert doclinks.main([str(ROOT)]) == 0


def plant(root: Path, path: str, text: str) -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
