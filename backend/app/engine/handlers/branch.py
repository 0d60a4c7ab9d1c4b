"""Node type ``branch``: take the first case whose condition is true."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from app.engine.toolkit.formats import RULE
from app.graph.building.cases import handles_of
from app.graph.names import as_id

from ..registry import HandlerResult, RuleAt, Services


class Case(BaseModel):
    model_config = ConfigDict(extra="allow", populate_by_name=True)

    label: str | int | float | bool | None = None
    condition: Any = Field(
        None, description="JSONLogic over the payload; also $steps.<node>.<field> and $event.", json_schema_extra=RULE
    )
    otherwise: bool = Field(False, alias="else", description="True: this case is always taken.")
    next: str | int | None = Field(None, description="The id of the next node; overrides edges.")


class BranchData(BaseModel):
    model_config = ConfigDict(extra="allow")

    cases: list[Case] = Field(default_factory=list)


class Branch:
    type = "branch"
    title = "Branch"
    category = "Flow"
    icon = "split"
    summary = ("{#cases} cases",)
    pure = True
    chooses = True
    needs_input = False
    verbatim = ("cases",)
    outputs = ("label", "selected_next")
    Data = BranchData

    def rules(self, data: Any) -> Iterator[RuleAt]:
        cases = data.get("cases")
        for index, case in enumerate(cases if isinstance(cases, list) else []):
            if isinstance(case, dict) and "condition" in case and not case.get("else"):
                yield f"/cases/{index}/condition", case["condition"], False

    def execute(self, *, node_id: str, data: Any, exec_id: str, payload: Any, services: Services) -> HandlerResult:
        for case in data.get("cases", ()):
            if case.get("else") or ("condition" in case and services.holds(case["condition"], payload)):
                return _take(case)
        return HandlerResult(result={"label": None, "selected_next": None})


def _take(case: dict[str, Any]) -> HandlerResult:
    label = case.get("label", "else" if case.get("else") else None)
    return HandlerResult(
        result={"label": label, "selected_next": case.get("next")},
        selected_next=as_id(case.get("next")),
        handles=handles_of(case),
    )


handler = Branch()
