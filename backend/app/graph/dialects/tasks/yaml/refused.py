"""The reasons to refuse a YAML text, each with its line."""

from __future__ import annotations

import re
from typing import Any

import yaml

#: A quoted text on one line.
_QUOTED = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:''|[^'])*'")


class Refused(Exception):
    """Why a text is refused; ``line`` counts from 0."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message if line is None else f"Line {line + 1}: {message}")


def too_deep(line: int | None, max_depth: int) -> Refused:
    """The refusal of a document with more than ``max_depth`` levels."""
    return Refused(f"it is nested deeper than {max_depth} levels.", line)


def template_needs_quotes(line: str, number: int) -> Refused:
    """``url: {{ payload.url }}`` is an object inside an object in YAML."""
    start = line.find("{{")
    end = line.find("}}", start)
    template = line[start : end + 2 if end > 0 else None].strip()[:80]
    return Refused(f'a template needs quotes in YAML: write "{template}".', number)


def forbidden_character(text: str, error: Exception) -> Refused:
    """A control character, or half of a surrogate pair; both kinds of errors name its position."""
    position = getattr(error, "position", getattr(error, "start", None))
    line = text.count("\n", 0, position) if isinstance(position, int) else None
    return Refused("it has a character that YAML does not allow.", line)


def explain(error: yaml.YAMLError, text: str, max_depth: int) -> Refused:
    """
    The parser's error with its line.

    The parser reads ahead, so it can fail before its events show that the nesting is too deep, or that a template is
    not in quotes.
    """
    mark: Any = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is None:
        return forbidden_character(text, error)
    if _open_brackets(text[: mark.index]) > max_depth:
        return too_deep(mark.line, max_depth)
    lines = text.splitlines()
    for number in (mark.line, mark.line - 1):
        if 0 <= number < len(lines) and "{{" in _QUOTED.sub("", lines[number]):
            return template_needs_quotes(lines[number], number)
    return Refused(f"{getattr(error, 'problem', None) or 'it cannot be parsed'}.", mark.line)


def _open_brackets(text: str) -> int:
    return text.count("[") + text.count("{") - text.count("]") - text.count("}")
