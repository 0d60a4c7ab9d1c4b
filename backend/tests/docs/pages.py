"""The pages for readers, their fenced blocks, and their links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.settings import BACKEND

ROOT = BACKEND.parent
SHELL = ("sh", "bash", "console")
#: Languages of blocks, and the suffix of a file that a page asks its reader to save.
SUFFIXES = {"python": ".py", "yaml": ".yaml", "json": ".json"}

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"`([\w./-]+\.(?:py|yaml|json))`")


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    page: str
    #: The line of its fence, counted from 1.
    line: int
    language: str
    text: str
    #: The file, relative to the project's folder, in which the page asks its reader to save the block; else None.
    file: str | None

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def pages() -> list[Path]:
    """The pages for readers, the README first."""
    roots = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
    return [*(path for path in roots if path.exists()), *sorted((ROOT / "docs").glob("*.md"))]


def blocks(page: Path) -> Iterator[Block]:
    text = page.read_text()
    for found in _FENCE.finditer(text):
        before = text[: found.start()]
        paragraph = before.rstrip().rpartition("\n\n")[2]
        line = before.count("\n") + 1
        yield Block(page.name, line, found[1], found[2], _file_named_in(paragraph, found[1]))


def prose(page: Path) -> str:
    """The text of a page without its fenced blocks."""
    return _FENCE.sub("", page.read_text())


def _file_named_in(paragraph: str, language: str) -> str | None:
    """The last file of the block's language in the paragraph above it."""
    named = [name for name in _FILE.findall(paragraph) if name.endswith(SUFFIXES.get(language, "\0"))]
    return named[-1] if named else None
