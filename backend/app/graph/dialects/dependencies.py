"""Dependencies: the lists of tasks or nodes that a task or node waits for."""

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
    """The words of one dialect."""

    #: The key of the list.
    key: str
    #: What the list contains, and a JSON Pointer to all of them.
    things: str
    place: str
    #: The codes of a value that is not a list, of a dependency on itself, and of an unknown name.
    no_list: str
    itself: str
    unknown: str

    def faults(self, id: str, given: Any, ids: Collection[str | None]) -> Faults:
        """The problems of one list."""
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

    def cycle_problems(self, written: Sequence[Mapping[str, Any]]) -> Iterator[Problem]:
        """A problem if some of them wait for each other."""
        arcs = [
            (str(other), str(each.get("id")))
            for each in written
            for other in (each[self.key] if isinstance(each.get(self.key), list) else ())
            if as_id(other) != as_id(each.get("id"))
        ]
        found = cycle(arcs)
        if found:
            way = listed([*found, found[0]], " → ")
            message = f"The {self.things} {way} wait for each other, so that none of them could start."
            yield Problem("CYCLE_DETECTED", message, node_id=found[0], pointer=self.place)


def in_config(problem: Problem) -> Problem:
    """The problem with a pointer into ``config``, the name of ``data`` in this dialect."""
    return replace(problem, pointer=problem.pointer.replace("/data/", "/config/", 1))
