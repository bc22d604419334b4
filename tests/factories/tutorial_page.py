"""A tutorial as a script: its files and commands in their order, and what it says the commands print."""

import re
from dataclasses import dataclass
from pathlib import Path

FENCE = re.compile(r"^```(\w+)((?: [\w./=-]+)*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MARK = "=== block"


@dataclass(frozen=True)
class Block:
    """A fenced block: `sh` is run, one with a `file` is written, `text` is what the command before it prints."""

    language: str
    words: tuple[str, ...]
    content: str

    @property
    def file(self) -> str | None:
        return next((word.removeprefix("file=") for word in self.words if word.startswith("file=")), None)


def blocks_of(page: Path) -> list[Block]:
    return [Block(match[1], tuple(match[2].split()), match[3]) for match in FENCE.finditer(page.read_text())]


def script_of(blocks: list[Block]) -> str:
    """One shell script that does all of it in order, with a mark before the output of each command block."""
    lines = ["set -eu"]
    for number, block in enumerate(blocks):
        if block.file is not None:
            lines.append(f"cat > {block.file} <<'END OF FILE'\n{block.content}END OF FILE")
        elif block.language == "sh":
            lines.append(f"echo '{MARK} {number}'\n{block.content}")
    return "\n".join(lines) + "\n"


def missing_lines(blocks: list[Block], said: str) -> list[str]:
    """Lines of `text` blocks that the command before them did not print; `…` stands for anything."""
    parts = dict(re.findall(rf"^{MARK} (\d+)\n(.*?)(?=^{MARK}|\Z)", said, re.MULTILINE | re.DOTALL))
    missing = []
    for number, block in enumerate(blocks):
        if block.language == "text":
            command = max(place for place in range(number) if blocks[place].language == "sh")
            printed = parts.get(str(command), "")
            for line in block.content.splitlines():
                pattern = ".*".join(re.escape(part) for part in line.split("…"))
                if not re.search(rf"^{pattern}$", printed, re.MULTILINE):
                    missing.append(line)
    return missing
