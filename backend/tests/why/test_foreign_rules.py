"""Rules in the forms in which people write them elsewhere: the sentence, the change that comes first, and the note."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from app.errors import InvalidRule
from app.logic.jsonlogic import compile_rule
from app.why.reasons import find_reasons
from tests.why.flips.test_search import answer_after

METADATA = {"id": "e1", "type": "lead.created", "source": "/crm", "time": "2026-11-30T10:00:00Z"}


class Case(NamedTuple):
    """A rule as other tools export it, an event, and what is said of them."""

    name: str
    rule: Any
    event: Any
    matched: bool
    #: Without its beginning and its full stop.
    sentence: str
    #: The words of the changes that come first; empty: none is found.
    flip: str
    #: The code of the first note; empty: none.
    note: str


LINES = Path(__file__).with_name("foreign_rules.jsonl").read_text(encoding="utf-8").strip().split("\n")
CASES = [Case(**json.loads(line)) for line in LINES]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_foreign_rule_is_explained_as_a_person_would(case: Case) -> None:
    found = find_reasons(case.rule, case.event, METADATA, limit=10.0)

    beginning = "It matches: " if case.matched else "It did not start because "
    assert found.explanation.sentence == f"{beginning}{case.sentence}."
    flips = found.flips.flips
    assert "; ".join(change.words for change in flips[0].changes) == case.flip if flips else case.flip == ""
    assert (found.notes[0].code.value if found.notes else "") == case.note
    for flip in flips:
        assert answer_after(flip, case.rule, case.event, {"$event": METADATA}) is True, flip


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("startsWith", '; use {"==": [{"substr": [text, 0, length]}, start]}'),
        ("count", '; read the length of a list as {"var": "list.length"}'),
        ("AND", "; use 'and'"),
        ("equals", "; use '=='"),
        ("frobnicate", ""),
    ],
)
def test_foreign_operator_names_the_own_one(name: str, hint: str) -> None:
    with pytest.raises(InvalidRule) as refused:
        compile_rule({name: [{"var": "a"}, 1]})

    assert str(refused.value) == f"The operator {name!r} is not known{hint}."
