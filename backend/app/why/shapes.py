"""Explanations as JSON: clauses, flips and notes as the API shows them."""

from __future__ import annotations

from itertools import islice
from typing import Any

from app.logic.clauses import Clause, Item
from app.why.explain import Explanation
from app.why.flips.changes import ABSENT, Change, Flip
from app.why.notes.note import Note
from app.why.reasons import Reasons
from app.why.wording.sentences import TRIGGER, describe_clause

#: Of a value that a tree shows: characters of a text, members of a list or an object, levels, and values in all.
MAX_TEXT = 300
MAX_MEMBERS = 20
MAX_LEVELS = 4
MAX_VALUES = 60


def show_reasons(reasons: Reasons, *, asker: str = TRIGGER) -> dict[str, Any]:
    """An explanation with its flips and notes."""
    flips = reasons.flips
    return {
        **show_explanation(reasons.explanation, asker=asker),
        "flips": [show_flip(flip) for flip in flips.flips],
        "flips_complete": flips.complete,
        "unseen": [{"pointer": each.pointer, "message": each.message} for each in flips.unseen],
        "notes": [show_note(note) for note in reasons.notes],
    }


def show_explanation(explanation: Explanation, *, asker: str = TRIGGER) -> dict[str, Any]:
    """A decision with its sentence and its clauses."""
    return {
        "decision": explanation.decision,
        "sentence": explanation.sentence,
        "first_failing": explanation.first_failing,
        "first_failing_words": explanation.first_failing_words,
        "failing": explanation.failing,
        "near": explanation.near,
        "tree": show_clause(explanation.tree, asker=asker),
        "truncated": explanation.truncated,
    }


def show_clause(clause: Clause, wanted: bool | None = True, *, asker: str = TRIGGER) -> dict[str, Any]:
    """A clause and all below it; ``wanted`` is the answer that is asked of it, None if it only computes."""
    value, is_cut = cut_value(clause.value)
    shown: dict[str, Any] = {
        "pointer": clause.pointer,
        "op": clause.op,
        "words": describe_clause(clause, wanted, asker),
        "value": value if clause.evaluated else None,
        "truthy": clause.truthy,
        "evaluated": clause.evaluated,
    }
    if not clause.evaluated and clause.error is None:
        shown["would_be"] = value
    if is_cut:
        shown["value_cut"] = True
    if clause.op == "var":
        shown |= {"path": None if clause.path is None else ".".join(clause.path), "found": clause.found}
    if clause.error is not None:
        shown["error"] = clause.error
    shown["args"] = [
        _show_argument(clause, index, argument, wanted, asker) for index, argument in enumerate(clause.args)
    ]
    if clause.items:
        shown |= _show_items(clause, wanted, asker)
    if clause.truncated:
        shown["truncated"] = True
    return shown


def _show_argument(clause: Clause, index: int, argument: Clause, wanted: bool | None, asker: str) -> dict[str, Any]:
    if argument.literal and clause.op not in ("and", "or", "if", "?:"):
        value, is_cut = cut_value(argument.value)
        return {"literal": value, "value_cut": True} if is_cut else {"literal": value}
    return show_clause(argument, _wanted_of(clause, index, wanted), asker=asker)


def _wanted_of(clause: Clause, index: int, wanted: bool | None) -> bool | None:
    """The answer that is asked of an argument."""
    if wanted is None or clause.custom:
        return None
    if clause.op in ("and", "or", "!!"):
        return wanted
    if clause.op == "!":
        return not wanted
    is_value = clause.op in ("if", "?:") and (index % 2 == 1 or index == len(clause.args) - 1)
    return wanted if is_value else None


def _show_items(clause: Clause, wanted: bool | None, asker: str) -> dict[str, Any]:
    body = None
    if wanted is not None and clause.op in ("all", "some", "none"):
        body = wanted is not (clause.op == "none")
    shown = [_show_item(item, body, asker) for item in clause.items]
    last = clause.items[-1]
    # The element at which the loop stopped is shown, although it is not one of the first.
    is_counted = last.index >= len(clause.items) and last.clause.truthy
    further = {"items": clause.count - len(clause.items), "true": clause.more_true - is_counted}
    return {"items": shown, "more": further} if further["items"] > 0 else {"items": shown}


def _show_item(item: Item, wanted: bool | None, asker: str) -> dict[str, Any]:
    value, is_cut = cut_value(item.value)
    shown = {"index": item.index, "value": value, "clause": show_clause(item.clause, wanted, asker=asker)}
    return {**shown, "value_cut": True} if is_cut else shown


def show_flip(flip: Flip) -> dict[str, Any]:
    """Changes that turn the answer together; each was tried."""
    return {"target": flip.target, "changes": [_show_change(change) for change in flip.changes], "checked": True}


def _show_change(change: Change) -> dict[str, Any]:
    """A change; without ``from`` the key is added, without ``to`` it is removed."""
    return {
        "pointer": change.pointer,
        **({} if change.path is None else {"path": change.path}),
        **({} if change.before is ABSENT else {"from": change.before}),
        **({} if change.after is ABSENT else {"to": change.after}),
        "words": change.words,
    }


def show_note(note: Note) -> dict[str, Any]:
    return {
        "code": note.code.value,
        "pointer": note.pointer,
        "path": note.path,
        "message": note.message,
        "suggestion": note.suggestion,
    }


def cut_value(value: Any) -> tuple[Any, bool]:
    """A value as far as a tree shows it, and whether anything is left out."""
    cutter = _Cutter()
    return cutter.cut(value, MAX_LEVELS), cutter.is_cut


class _Cutter:
    """Cuts one value: every part counts against the same limit."""

    def __init__(self) -> None:
        self.left = MAX_VALUES
        self.is_cut = False

    def cut(self, value: Any, levels: int) -> Any:
        self.left -= 1
        if isinstance(value, str):
            if len(value) <= MAX_TEXT:
                return value
            self.is_cut = True
            return f"{value[:MAX_TEXT]}…"
        if isinstance(value, (list, tuple)):
            return [self.cut(inner, levels - 1) for inner in self.members(value, len(value), levels)]
        if isinstance(value, dict):
            members = self.members(value.items(), len(value), levels)
            return {str(key)[:MAX_TEXT]: self.cut(inner, levels - 1) for key, inner in members}
        if isinstance(value, int) and value.bit_length() > 1_024:
            self.is_cut = True
            return None
        return value if value is None or isinstance(value, (bool, int, float)) else str(value)[:MAX_TEXT]

    def members(self, values: Any, count: int, levels: int) -> list[Any]:
        """The members of a list or an object that are shown."""
        kept = min(count, MAX_MEMBERS, max(self.left, 0)) if levels > 0 else 0
        self.is_cut = self.is_cut or kept < count
        return list(islice(values, kept))
