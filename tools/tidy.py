"""House rules that no linter knows (house rule 12 and its neighbours), as checks.

    python tools/tidy.py [ROOT]          lists every breach, exits 1 when there is one
    python tools/tidy.py --report        prints the figures of the tree

Counting follows one convention so that figures can be compared over time: source is every `.py` that is neither a
test nor a migration; lines per file are all lines; a function reaches from its `def` to its last line.
"""

from __future__ import annotations

import ast
import re
import statistics
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 70
FOLDER_FILES_MAX = 12
MOCKS_PER_100_TESTS_MAX = 10

BANNED_NAMES = frozenset({"util", "utils", "helper", "helpers", "common", "misc", "stuff", "lib", "shared_code"})
MOCK = re.compile(r"mock\.patch|mocker\.patch|monkeypatch\.setattr|MagicMock\(|\bMock\(")
SKIPS = frozenset({"skip", "importorskip", "skipif", "xfail"})
IMPORT_MODULE = re.compile(r"\b(import_module|__import__)\(")
SKIPPED_FOLDERS = frozenset(
    {".git", ".venv", "node_modules", "__pycache__", "dist", "build", "var", "storybook-static"}
)

# Exceptions are named here, one line each, with the reason.
LONG_FILES: dict[str, str] = {}
LONG_FUNCTIONS: dict[str, str] = {}
FULL_FOLDERS: dict[str, str] = {}
DYNAMIC_IMPORTS: dict[str, str] = {
    "okno/connectors/entries.py": "an integrator's adapter is named by his settings and is no code of this house",
    "okno/cli/lazily.py": "a command imports its own rooms alone; `cli` may import every room anyway",
}


@dataclass(frozen=True)
class Breach:
    """One broken rule: where (path relative to the root, line from 1), what."""

    path: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what}"


@dataclass
class Source:
    """A parsed Python file of the tree."""

    path: str
    text: str
    tree: ast.Module
    lines: int = field(init=False)

    def __post_init__(self) -> None:
        self.lines = self.text.count("\n") + (not self.text.endswith("\n") and bool(self.text))

    @property
    def is_test(self) -> bool:
        return self.path.startswith("tests/")

    @property
    def is_migration(self) -> bool:
        return "/migrations/" in self.path


def sources(root: Path) -> Iterator[Source]:
    for path in sorted(root.rglob("*.py")):
        relative = path.relative_to(root)
        if not SKIPPED_FOLDERS.intersection(relative.parts):
            text = path.read_text(encoding="utf-8")
            yield Source(str(relative), text, ast.parse(text, str(relative)))


def functions(source: Source) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def file_sizes(source: Source) -> Iterator[Breach]:
    if source.lines > FILE_LINES_MAX and source.path not in LONG_FILES and not source.is_migration:
        yield Breach(source.path, 1, f"{source.lines} lines, at most {FILE_LINES_MAX}: split it by topic")


def function_sizes(source: Source) -> Iterator[Breach]:
    if source.is_migration:
        return
    for node in functions(source):
        if length(node) > FUNCTION_LINES_MAX and f"{source.path}:{node.name}" not in LONG_FUNCTIONS:
            yield Breach(
                source.path, node.lineno, f"{node.name} has {length(node)} lines, at most {FUNCTION_LINES_MAX}"
            )


def banned_names(source: Source) -> Iterator[Breach]:
    for part in (*Path(source.path).parent.parts, Path(source.path).stem):
        if part.lower() in BANNED_NAMES:
            yield Breach(source.path, 1, f"the name {part!r} says nothing: name the topic")


def dynamic_imports(source: Source) -> Iterator[Breach]:
    if source.is_test or source.path.startswith("tools/") or source.path in DYNAMIC_IMPORTS:
        return
    for number, line in enumerate(source.text.splitlines(), 1):
        if IMPORT_MODULE.search(line):
            yield Breach(source.path, number, "an import by string hides from the import contracts")


def assertionless_tests(source: Source) -> Iterator[Breach]:
    if not source.is_test:
        return
    for node in functions(source):
        if node.name.startswith("test_") and not asserts(node, source):
            yield Breach(source.path, node.lineno, f"{node.name} asserts nothing")


def asserts(node: ast.FunctionDef | ast.AsyncFunctionDef, source: Source) -> bool:
    """Whether a test can fail: an assert, pytest.raises, or a call of a function of the same file that asserts."""
    local = {other.name: other for other in functions(source) if other is not node}
    for inner in ast.walk(node):
        if isinstance(inner, ast.Assert):
            return True
        if isinstance(inner, ast.Call):
            name = inner.func.attr if isinstance(inner.func, ast.Attribute) else getattr(inner.func, "id", "")
            if name in {"raises", "fail", "run_state_machine_as_test"} or name.startswith(
                ("assert_", "expect_", "check_")
            ):
                return True
            if name in local and any(isinstance(deep, ast.Assert) for deep in ast.walk(local[name])):
                return True
    return False


def skipped_tests(source: Source) -> Iterator[Breach]:
    """A skip hides a missing component: in this house it fails instead."""
    if not source.is_test:
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and node.attr in SKIPS and ast.unparse(node).startswith("pytest."):
            yield Breach(source.path, node.lineno, "a test may not be skipped: start the component or delete the test")


EACH_FILE: tuple[Callable[[Source], Iterator[Breach]], ...] = (
    file_sizes,
    function_sizes,
    banned_names,
    dynamic_imports,
    assertionless_tests,
    skipped_tests,
)


def folder_sizes(files: list[Source]) -> Iterator[Breach]:
    folders: dict[str, int] = {}
    for source in files:
        if not source.path.endswith("__init__.py") and not source.is_migration:
            folder = str(Path(source.path).parent)
            folders[folder] = folders.get(folder, 0) + 1
    for folder, count in folders.items():
        if count > FOLDER_FILES_MAX and folder not in FULL_FOLDERS and not folder.startswith("tests"):
            yield Breach(folder, 1, f"{count} files, at most {FOLDER_FILES_MAX}: give a topic its own folder")


def mock_share(files: list[Source]) -> Iterator[Breach]:
    tests = [source for source in files if source.is_test]
    count = sum(node.name.startswith("test_") for source in tests for node in functions(source))
    mocks = sum(len(MOCK.findall(source.text)) for source in tests)
    if mocks * 100 > MOCKS_PER_100_TESTS_MAX * max(count, 1):
        yield Breach(
            "tests", 1, f"{mocks} mocks in {count} tests: at most {MOCKS_PER_100_TESTS_MAX} per 100, use a twin"
        )


def stale_exceptions(files: list[Source]) -> Iterator[Breach]:
    """An exception whose reason is gone must go too."""
    known = {source.path for source in files}
    known |= {f"{source.path}:{node.name}" for source in files for node in functions(source)}
    known |= {str(Path(source.path).parent) for source in files}
    for name in (*LONG_FILES, *LONG_FUNCTIONS, *FULL_FOLDERS, *DYNAMIC_IMPORTS):
        if name not in known:
            yield Breach("tools/tidy.py", 1, f"the exception for {name} has no subject any more")


def breaches(root: Path) -> list[Breach]:
    files = list(sources(root))
    found = [breach for source in files for rule in EACH_FILE for breach in rule(source)]
    return sorted([*found, *folder_sizes(files), *mock_share(files), *stale_exceptions(files)], key=str)


def report(root: Path) -> str:
    """Figures of the tree in one table: sizes, docstrings, comments, tests."""
    files = list(sources(root))
    code = [source for source in files if not source.is_test and not source.is_migration and source.lines]
    tests = [source for source in files if source.is_test]
    sizes = [source.lines for source in code]
    spans = [length(node) for source in code for node in functions(source)]
    comments = sum(line.lstrip().startswith("#") for source in code for line in source.text.splitlines())
    rows = [
        ("files", str(len(code))),
        ("lines per file, median / p90", f"{statistics.median(sizes):.0f} / {quantile(sizes):.0f}"),
        ("lines per function, median / p90", f"{statistics.median(spans):.0f} / {quantile(spans):.0f}"),
        ("comment lines", f"{100 * comments / sum(sizes):.1f} %"),
        ("test lines per code line", f"{sum(source.lines for source in tests) / sum(sizes):.2f}"),
    ]
    return "\n".join(f"{name:36} {value}" for name, value in rows)


def quantile(values: list[int]) -> float:
    return statistics.quantiles(values, n=10)[-1] if len(values) > 1 else float(values[0])


def main(arguments: list[str]) -> int:
    root = Path(next((a for a in arguments if not a.startswith("--")), ".")).resolve()
    if "--report" in arguments:
        print(report(root))
        return 0
    found = breaches(root)
    for breach in found:
        print(breach)
    print(f"tidy: {len(found)} breaches" if found else "tidy: clean")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
