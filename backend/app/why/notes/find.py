"""Find the notes of one decision."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from app.graph.rule_lint import find_contradiction
from app.logic.clauses import Clause
from app.logic.evaluation import UNDEFINED, Evaluation
from app.logic.similar_paths import Path, meant_path, paths_of, similar_path
from app.logic.variables import follow_path
from app.why.notes.comparisons import note_comparison
from app.why.notes.note import Note, NoteCode, kind_of
from app.why.wording.names import name_clause, show_path, show_value

#: Notes of one decision, clauses that are looked at, and paths for which a similar one is looked for.
MAX_NOTES = 50
_CLAUSES = 2_000
_LOOKED_UP = 100
#: Texts that read as false, and count as true.
_FALSE_TEXTS = frozenset({"false", "no", "off", "0", "null", "none"})
_LOOPS = frozenset({"map", "filter", "reduce", "all", "some", "none"})


def find_notes(tree: Clause, document: Any, *, recent: Collection[Path] = ()) -> list[Note]:
    """
    The probable mistakes in a rule, or an event, that the clauses of one evaluation show; at most fifty.

    ``document`` is the event with its metadata as ``$event``; ``recent`` are paths of events received lately.
    """
    found: dict[tuple[str, str, str | None], Note] = {}
    for note in _notes(tree, document, recent):
        found.setdefault((note.code, note.pointer, _identify(note)), note)
        if len(found) >= MAX_NOTES:
            break
    return [*found.values()]


def _identify(note: Note) -> str | None:
    """The same for all elements of a list, so that a clause about each of them has one note."""
    if note.code == NoteCode.CASE or note.path is None:
        return note.message
    return ".".join(part for part in note.path.split(".") if not part.isdecimal())


def _notes(tree: Clause, document: Any, recent: Collection[Path]) -> Iterator[Note]:
    never = None if tree.truthy or tree.error is not None else find_contradiction(tree.source, "This rule")
    if never is not None:
        yield Note(NoteCode.NEVER_TRUE, tree.pointer, None, never)
    finder = _PathFinder(document, recent)
    for clause, fails in _walk_clauses(tree):
        yield from note_comparison(clause)
        if clause.op == "var":
            yield from _note_variable(clause, finder, fails)
        elif clause.op in ("missing", "missing_some"):
            yield from _note_missing(clause, finder)
        elif clause.op in _LOOPS and clause.args:
            yield from _note_loop(clause)
        elif clause.op in ("!", "!!"):
            yield from _note_truth(clause)


def _walk_clauses(tree: Clause) -> Iterator[tuple[Clause, bool]]:
    """The clauses, and whether the condition that each is part of fails."""
    pending = [(tree, not tree.truthy, True)]
    count = 0
    while pending and count < _CLAUSES:
        clause, fails, wanted = pending.pop()
        count += 1
        yield clause, fails
        inner = [(part, *_inside(clause, part, fails, wanted)) for part in clause.children()]
        pending += reversed(inner)


def _inside(clause: Clause, part: Clause, fails: bool, wanted: bool) -> tuple[bool, bool]:
    """Whether the condition that a part belongs to fails, and the answer that is wanted of the part."""
    if clause.op not in ("!", "and", "or", "!!"):
        return fails, wanted
    inner = wanted is not (clause.op == "!")
    return fails and part.truthy is not inner, inner


class _PathFinder:
    """Finds the paths that were probably meant; each path is looked up once."""

    def __init__(self, document: Any, recent: Collection[Path]) -> None:
        self.document = document
        self.recent = frozenset(recent)
        self.known: frozenset[Path] | None = None
        self.seen: dict[Path, tuple[Path | None, bool]] = {}

    def find(self, path: Path) -> tuple[Path | None, bool]:
        """The path that was meant, and True if it is one of recent events only."""
        if path not in self.seen:
            self.seen[path] = self._find(path) if len(self.seen) < _LOOKED_UP else (None, False)
        return self.seen[path]

    def _find(self, path: Path) -> tuple[Path | None, bool]:
        if self.known is None:
            self.known = paths_of(self.document)
        meant = meant_path(path, self.known, self.document)
        if meant is not None:
            return meant, False
        meant = None if path in self.recent else similar_path(path, self.recent)
        return meant, meant is not None


def _note_variable(clause: Clause, finder: _PathFinder, fails: bool) -> Iterator[Note]:
    """A path that the event does not have; without a similar one, only where its condition fails."""
    if clause.found or not clause.path or len(clause.args) > 1:
        return
    yield from _note_absent(clause, clause.path, finder, always=fails)


def _note_missing(clause: Clause, finder: _PathFinder) -> Iterator[Note]:
    names = clause.value if isinstance(clause.value, (list, tuple)) else ()
    for name in names:
        if isinstance(name, str) and name:
            path = (*(clause.base or ()), *name.split("."))
            yield from _note_absent(clause, path, finder, always=False)


def _note_absent(clause: Clause, path: Path, finder: _PathFinder, *, always: bool) -> Iterator[Note]:
    pointer, dotted, base = clause.pointer, ".".join(path), clause.base or ()
    outer = path[len(base) :]
    if base and _is_of_event(outer, base, finder.document):
        message = f"{show_path(path)} is missing: in the body of a loop, paths begin at the item, so {show_path(outer)}"
        yield Note(NoteCode.MISSING, pointer, dotted, f"{message} of the event is not read.")
        return
    meant, is_recent = finder.find(path)
    if meant is None or meant[: len(base)] != base:
        if always:
            seen = ", although recent events have it" if path in finder.recent else ""
            holder = "" if seen else _explain_holder(path, finder.document)
            yield Note(NoteCode.MISSING, pointer, dotted, f"{show_path(path)} is missing in this event{seen}{holder}.")
        return
    where = " Recent events have it." if is_recent else ""
    message = f"{show_path(path)} is missing; did you mean {show_path(meant)}?{where}"
    yield Note(NoteCode.MISSING, pointer, dotted, message, ".".join(meant))


def _note_truth(clause: Clause) -> Iterator[Note]:
    """A text that is true for a rule and reads as false."""
    value = clause.args[0].value if clause.args else None
    if isinstance(value, str) and value.strip().casefold() in _FALSE_TEXTS:
        message = (
            f'{name_clause(clause.args[0])} is the text {show_value(value)}, and every text but "" counts as true.'
        )
        path = clause.args[0].path
        yield Note(NoteCode.TYPE, clause.pointer, ".".join(path) if path else None, message)


def _is_of_event(path: Path, base: Path, document: Any) -> bool:
    """True for a path that the event has, and no item of the list that ``base`` is an item of."""
    if follow_path(document, path, Evaluation()) is UNDEFINED:
        return False
    items = follow_path(document, base[:-1], Evaluation())
    found = items[:_LOOKED_UP] if isinstance(items, (list, tuple)) else ()
    return all(follow_path(item, path, Evaluation()) is UNDEFINED for item in found)


def _explain_holder(path: Path, document: Any) -> str:
    """Why the path ends early: ``: `items` is a list``; empty if an object on the way has no such key."""
    for length in range(1, len(path)):
        value = follow_path(document, path[:length], Evaluation())
        if value is UNDEFINED or isinstance(value, dict):
            continue
        if isinstance(value, (list, tuple)) and path[length].isdecimal():
            continue
        name = show_path(path[:length])
        if isinstance(value, (list, tuple)):
            item = show_path((*path[:length], "0", path[-1]))
            return f": {name} is a list. Read an item by its index, as {item}, or ask about all by `some` or `all`"
        return f": {name} is {kind_of(value)}, not an object"
    return ""


def _note_loop(clause: Clause) -> Iterator[Note]:
    elements = clause.args[0]
    if elements.value is not None and not isinstance(elements.value, (list, tuple)):
        message = f"{name_clause(elements)} is {kind_of(elements.value)}; `{clause.op}` needs a list."
        path = ".".join(elements.path) if elements.path else None
        yield Note(NoteCode.TYPE, clause.pointer, path, message)
