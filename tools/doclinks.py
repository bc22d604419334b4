"""Every relative link and anchor in the Markdown leads somewhere; lock files name no host and no local path.

python tools/doclinks.py [ROOT]
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)|!\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#{1,6}\s+(.*)$", re.MULTILINE)
SKIPPED_FOLDERS = frozenset(
    {".git", ".venv", "node_modules", "dist", "build", "var", "storybook-static", ".pytest_cache"}
)


def anchor(heading: str) -> str:
    """The anchor of a heading, as code hosts make it."""
    text = re.sub(r"[`*_]|\[([^\]]*)\]\([^)]*\)", lambda m: m.group(1) or "", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


def anchors(text: str) -> set[str]:
    named = set(re.findall(r"<a id=\"([^\"]+)\"", text))
    return named | {anchor(heading) for heading in HEADING.findall(FENCE.sub("", text))}


def broken_links(root: Path) -> Iterator[str]:
    for page in sorted(root.rglob("*.md")):
        if SKIPPED_FOLDERS.intersection(page.relative_to(root).parts):
            continue
        text = page.read_text(encoding="utf-8")
        for match in LINK.finditer(FENCE.sub("", text)):
            target = match.group(1) or match.group(2)
            if re.match(r"[a-z]+:", target):
                continue
            name, _, fragment = target.partition("#")
            file = (page.parent / name).resolve() if name else page
            if not file.exists():
                yield f"{page.relative_to(root)}: {target} leads nowhere"
            elif fragment and file.suffix == ".md" and fragment not in anchors(file.read_text(encoding="utf-8")):
                yield f"{page.relative_to(root)}: {target} has no such heading"


def hosts_in_locks(root: Path) -> Iterator[str]:
    for lock in sorted(root.glob("**/requirements*.txt")):
        if SKIPPED_FOLDERS.intersection(lock.relative_to(root).parts):
            continue
        for number, line in enumerate(lock.read_text(encoding="utf-8").splitlines(), 1):
            if "://" in line or re.match(r"\s*(-i|--index-url|--extra-index-url|--find-links)\b", line):
                yield f"{lock.relative_to(root)}:{number}: a lock file names no index"
    for lock in sorted(root.glob("**/package-lock.json")):
        if SKIPPED_FOLDERS.intersection(lock.relative_to(root).parts):
            continue
        for name, entry in json.loads(lock.read_text(encoding="utf-8"))["packages"].items():
            if "resolved" in entry and not entry.get("link"):
                yield f"{lock.relative_to(root)}: {name} has `resolved`"


def main(arguments: list[str]) -> int:
    root = Path(arguments[0] if arguments else ".").resolve()
    found = [*broken_links(root), *hosts_in_locks(root)]
    for line in found:
        print(line)
    print(f"doclinks: {len(found)} broken" if found else "doclinks: clean")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
