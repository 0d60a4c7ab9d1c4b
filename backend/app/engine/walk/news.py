"""News of executions: results of handlers and wake-ups, which a walk acts on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from app.engine.attempts.attempt import AttemptResult
from app.engine.wakeups.message import RESUME_IN, WakeUp
from app.engine.walk.transition import ClaimedStep


class Result(NamedTuple):
    """A claimed step, and the result of its handler."""

    step: ClaimedStep
    result: AttemptResult

    @property
    def execution_id(self) -> str:
        return self.step.context.execution_id


class Look(NamedTuple):
    """A wake-up to act on; ``resumed`` means that what its step waits for has come."""

    wake_up: WakeUp
    resumed: bool = False
    #: How many handlers may run beside its step, itself included, where that was too many; None: any number.
    isolation: int | None = None
    #: True where a step that computes waits until the process runs no other one.
    computes: bool = False

    def message(self) -> WakeUp:
        """Return the wake-up as it is published for others; with a countdown it resumes its step."""
        return self.wake_up._replace(countdown=RESUME_IN) if self.resumed else self.wake_up


@dataclass
class News:
    """What is new about one execution."""

    results: list[Result] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)

    @property
    def names(self) -> list[tuple[str | None, int | None]]:
        """The steps that it is about: nodes and visits, results first."""
        results = [(each.step.row.node_id, each.step.row.visit) for each in self.results]
        return [*results, *((look.wake_up.node_id, look.wake_up.visit) for look in self.looks)]


def news_by_execution(results: list[Result], looks: list[Look]) -> dict[str, News]:
    """Return the news of each execution; equal wake-ups count once."""
    found: dict[str, News] = {}
    for result in results:
        found.setdefault(result.execution_id, News()).results.append(result)
    for look in dict.fromkeys(looks):
        found.setdefault(look.wake_up.execution_id, News()).looks.append(look)
    return found


def in_groups(news: dict[str, News], most: int) -> Iterator[dict[str, News]]:
    """Return the executions in groups that are recorded together, in the order of their ids."""
    ids = sorted(news)
    for start in range(0, len(ids), most):
        yield {id: news[id] for id in ids[start : start + most]}
