"""Dependencies: the lists in which tasks and nodes name those that they wait for."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.errors import Problem
from app.graph.building.components import cycle
from app.graph.names import LONGEST_NAME, as_id, listed, quote

#: Codes, messages, and pointers into the task or node.
Faults = Iterator[tuple[str, str, str]]


@dataclass(frozen=True)
class Wording:
    """How one dialect says it."""

    #: The key of the list.
    key: str
    #: What the list is of, and a JSON Pointer to all of them.
    things: str
    place: str
    #: The codes of a list that is none, of whoever waits for itself, and of a name that nobody has.
    no_list: str
    itself: str
    unknown: str

    def faults(self, id: str, given: Any, ids: Collection[str | None]) -> Faults:
        """What is wrong with one list."""
        if given is None:
            return
        if not isinstance(given, list):
            yield self.no_list, f"{self.key} is {quote(given)}; it must be a list of {self.things}.", f"/{self.key}"
            return
        for index, each in enumerate(given):
            place, other = f"/{self.key}/{index}", as_id(each)
            if other == id:
                yield self.itself, "it depends on itself.", place
            elif other is None or other not in ids:
                name = (other or quote(each))[:LONGEST_NAME]
                yield self.unknown, f"it depends on {name}, which does not exist.", place

    def circle(self, written: Sequence[Mapping[str, Any]]) -> Iterator[Problem]:
        """Those that wait for each other, if there are any."""
        arcs = [
            (str(other), str(each.get("id")))
            for each in written
            for other in (each[self.key] if isinstance(each.get(self.key), list) else ())
            if as_id(other) != as_id(each.get("id"))
        ]
        found = cycle(arcs)
        if found:
            way = listed([*found, found[0]], " → ")
            message = f"The {self.things} {way} wait for each other: none of them could start."
            yield Problem("CYCLE_DETECTED", message, node_id=found[0], pointer=self.place)


def in_config(problem: Problem) -> Problem:
    """What graphs call data is the config of a task or a node."""
    return replace(problem, pointer=problem.pointer.replace("/data/", "/config/", 1))
