"""The graph dialect: which changes of a document make a new version of a workflow."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.graph.dialects.graph.compile import PRESENTATIONAL, without_presentation
from tests.graph.drawing import built, document, walk
from tests.public_data import PUBLIC_DATA

SAVED = sorted((PUBLIC_DATA / "reactflow").glob("*.json"))


def test_moving_and_measuring_change_nothing() -> None:
    plain = document("a>b")
    moved = document("a>b")
    moved["viewport"] = {"x": 1, "y": 2, "zoom": 0.5}
    for thing in (*moved["nodes"], *moved["edges"]):
        thing.update(dict.fromkeys(PRESENTATIONAL, 7))

    assert without_presentation(moved) == without_presentation(plain)


@pytest.mark.parametrize("change", [{"type": "end"}, {"data": {"ms": 5}}, {"id": "c"}, {"custom": 1}])
def test_everything_else_is_a_change(change: dict[str, Any]) -> None:
    changed = document("a>b")
    changed["nodes"][1].update(change)

    assert without_presentation(changed) != without_presentation(document("a>b"))


def test_text_like_an_index_is_not_an_index() -> None:
    assert without_presentation(document("a", a={"position": 1})) != without_presentation(
        document("a", a={"position": 2})
    )


def test_lists_that_are_missing_are_empty() -> None:
    assert without_presentation({"nodes": None}) == without_presentation({"nodes": [], "edges": []})


def test_document_itself_stays_as_it_is() -> None:
    drawn = {"nodes": [{"id": "a", "position": 1}], "edges": [], "viewport": 1}

    without_presentation(drawn)

    assert drawn == {"nodes": [{"id": "a", "position": 1}], "edges": [], "viewport": 1}


@pytest.mark.skipif(not SAVED, reason="The React Flow documents are not there.")
@pytest.mark.parametrize("path", SAVED, ids=lambda path: path.stem)
def test_react_flow_documents_compile(path: Path) -> None:
    saved = json.loads(path.read_text())

    found = built(saved)
    run = walk(found.graph)

    assert run.status == "COMPLETED"
    assert found.warnings == []
    assert sorted(run.completed) == sorted(node["id"] for node in saved["nodes"])
    assert without_presentation(saved) != saved
