"""Approvals that several people decide at the same time: their executions continue in one transaction."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import psycopg2

from app.engine.commands.approvals import (
    Decided,
    Decision,
    add_decision,
    continue_decided,
    is_news,
    require_waiting,
)
from app.engine.commands.lifecycle import LockedCommand
from app.engine.commands.together import prepare_each, write_together
from app.engine.config import EngineContext
from app.engine.wakeups.aftermath import Aftermath
from app.engine.walk.completion import concerns_others, finish, finish_together
from app.engine.walk.transition import Transition
from app.errors import Conflict
from app.storage.access.audit import Deed, text_of_deed
from app.storage.database import Cursor, driver
from app.storage.statuses import ApprovalStatus
from app.storage.waiting import approvals
from app.storage.waiting.approvals import DecidedApproval, FoundApproval
from app.storage.walk.lock import LockedExecution
from app.storage.walk.lock_many import Wanted, lock_many

#: Seconds of CPU time after which the executions of a group that are left continue alone: pure nodes run in it.
CONTINUING = 0.05


@dataclass(frozen=True)
class Decide:
    """A request to record a decision."""

    approval_id: str
    decision: Decision
    #: What the audit records; None: nothing.
    deed: Deed | None
    #: Characters of the decision as JSON, about.
    size: int


class _News(NamedTuple):
    """A decision that changes an approval; the approval is as it was read."""

    approval: FoundApproval
    wanted: Decide


class _Ready(NamedTuple):
    """What is to be written; without a transition, the execution waits for further decisions."""

    decided: DecidedApproval
    wanted: Decide
    transition: Transition | None


#: What became of one request of a group; None: nothing was recorded, and it is to be decided alone.
Outcome = Decided | Exception | None


def decide_together(context: EngineContext, wanted: Sequence[Decide]) -> Sequence[Outcome]:
    """
    Record decisions; the executions that they decide continue, in one transaction. One does not spoil the others.

    To be decided alone is left an execution that others hold, that has ended, or whose end concerns others; a second
    decision on one execution; and each of them where Postgres refuses them together. Raises psycopg2.Error where
    Postgres is not available.
    """
    with driver(context.engine) as connection, connection.cursor() as cursor:
        found = approvals.find_approvals(cursor, [each.approval_id for each in wanted])
        read, errors = prepare_each(wanted, lambda each: _find_news(found, each))
        first = {each.approval.execution_id: place for place, each in reversed(read.items()) if isinstance(each, _News)}
        news = {id: each for id, place in first.items() if isinstance(each := read[place], _News)}
        recorded = write_together(lambda: _record(context, cursor, news)) if news else {}
    outcomes: list[Outcome] = [errors.get(place) for place in range(len(wanted))]
    for place, each in read.items():
        if isinstance(each, Decided):
            outcomes[place] = each
    for id, decided in recorded.items():
        outcomes[first[id]] = decided
    return outcomes


def _find_news(found: Mapping[str, FoundApproval], wanted: Decide) -> _News | Decided:
    """The news of a decision, or what follows from one that was made before. Raises NotFound, Conflict and others."""
    approval = approvals.require_approval(found, wanted.approval_id)
    if is_news(approval, wanted.decision):
        return _News(approval, wanted)
    if wanted.decision.once:
        raise Conflict(f"Approval {approval.id} already has this decision.")
    return Decided(Aftermath(), None)


def _record(context: EngineContext, cursor: Cursor, news: Mapping[str, _News]) -> dict[str, Decided]:
    """Record the decisions on executions that nobody else holds; what follows from them, by execution."""
    names = {id: Wanted([(each.approval.node_id, each.approval.visit)], first=True) for id, each in news.items()}
    ready: dict[str, _Ready] = {}
    until = time.thread_time() + CONTINUING
    for id, locked in lock_many(cursor, names).items():
        if time.thread_time() > until:
            break
        found = _prepare(LockedCommand(context, cursor, id, locked), news[id], locked)
        if found is not None:
            ready[id] = found
    if not ready:
        return {}
    stored = approvals.store_decisions(cursor, [each.decided for each in ready.values()])
    written = {id: each for id, each in ready.items() if each.decided.approval.id in stored}
    deeds = [each.wanted.deed for each in written.values() if each.wanted.deed is not None]
    if deeds:
        cursor.execute(b";".join(text_of_deed(cursor, deed) for deed in deeds))
    _commit(cursor, [each.transition for each in written.values() if each.transition is not None])
    return {id: Decided(_aftermath_of(each), stored[each.decided.approval.id]) for id, each in written.items()}


def _prepare(command: LockedCommand, news: _News, locked: LockedExecution) -> _Ready | None:
    """What is to be written for one execution; None where that is to be found out alone."""
    decided = add_decision(news.approval, news.wanted.decision)
    try:
        require_waiting(news.approval, locked)
        if decided.status == ApprovalStatus.PENDING:
            return _Ready(decided, news.wanted, None)
        transition = continue_decided(command, decided, news.wanted.decision)
    except psycopg2.Error:
        raise
    except Exception:  # its own transaction shows what is wrong with it
        return None
    return None if concerns_others(transition) else _Ready(decided, news.wanted, transition)


def _commit(cursor: Cursor, transitions: Sequence[Transition]) -> None:
    if len(transitions) == 1:
        finish(transitions[0])
    elif transitions:
        finish_together(transitions)
    else:
        cursor.execute("COMMIT")


def _aftermath_of(ready: _Ready) -> Aftermath:
    return replace(ready.transition.aftermath, tells=True) if ready.transition else Aftermath()
