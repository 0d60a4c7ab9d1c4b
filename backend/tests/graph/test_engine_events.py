"""Which types of the engine a trigger names, and which types a sender may not use."""

from __future__ import annotations

from typing import Any

import pytest

from app.errors import InvalidInput
from app.graph.engine_events import CANCELLED, COMPLETED, DECIDED, FAILED, TYPES, check_event_type, list_named_types

TYPE = {"var": "$event.type"}
OF_EXECUTIONS = [type for type in TYPES if type.startswith("trigraph.execution.")]


@pytest.mark.parametrize(
    ("rule", "named"),
    [
        ({"==": [TYPE, FAILED]}, [FAILED]),
        ({"===": [FAILED, {"var": ["$event.type"]}]}, [FAILED]),
        ({"in": [TYPE, [FAILED, CANCELLED, "order.paid"]]}, [FAILED, CANCELLED]),
        ({"and": [{"==": [TYPE, FAILED]}, {"==": [{"var": "workflow_name"}, "pay"]}]}, [FAILED]),
        ({"or": [{"==": [TYPE, FAILED]}, {"==": [{"var": "order.total"}, 5]}]}, [FAILED]),
        ({"in": ["trigraph.execution.", TYPE]}, OF_EXECUTIONS),
        ({"==": [{"substr": [TYPE, 0, 18]}, "trigraph.execution"]}, OF_EXECUTIONS),
        ({"==": [TYPE, {"cat": ["trigraph.approval.", "decided"]}]}, [DECIDED]),
        ({"if": [{"==": [TYPE, COMPLETED]}, True, False]}, [COMPLETED]),
        # Reasoning cannot look into these, so they may match any of the types.
        ({"some": [{"var": "$event"}, {"==": [{"var": ""}, FAILED]}]}, list(TYPES)),
        ({"==": [{"var": {"cat": ["$event.", "type"]}}, FAILED]}, list(TYPES)),
    ],
)
def test_trigger_names_the_types_it_asks_for(rule: Any, named: list[str]) -> None:
    assert list_named_types(rule) == named


@pytest.mark.parametrize(
    "rule",
    [
        None,
        True,
        {"==": [{"var": "status"}, "FAILED"]},
        {"==": [TYPE, "order.paid"]},
        {"in": ["order.", TYPE]},
        {"!=": [TYPE, "order.paid"]},
        {"and": [{"!=": [TYPE, "order.paid"]}, {"==": [{"var": "workflow_name"}, "pay"]}]},
        {"or": [{"==": [TYPE, "order.paid"]}, {"<": [{"var": "total"}, 5]}]},
        # No event of the engine has an order.
        {"and": [{"==": [TYPE, FAILED]}, {">": [{"var": "order.total"}, 5]}]},
        {"==": [{"var": "$event.source"}, "shop"]},
        {"==": [TYPE]},
    ],
)
def test_trigger_that_does_not_ask_for_a_type_names_none(rule: Any) -> None:
    assert list_named_types(rule) == []


@pytest.mark.parametrize(
    ("type", "payload"),
    [
        (FAILED, {}),
        ("trigraph.anything", None),
        ([FAILED], {}),
        (None, {"$event": {"type": FAILED}}),
        ("order.paid", {"$event": {"type": [FAILED]}}),
    ],
)
def test_reserved_type_is_refused_with_remedy(type: Any, payload: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_event_type(type, payload)

    assert "types that begin with `trigraph.` are reserved for events of Trigraph itself" in str(refused.value)


@pytest.mark.parametrize(("type", "payload"), [("order.paid", {}), (None, {"$event": 5}), ("my.trigraph.", {}), (5, 5)])
def test_other_types_are_free(type: Any, payload: Any) -> None:
    check_event_type(type, payload)
