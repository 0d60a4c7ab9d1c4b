"""Children that nobody waits for any more are cancelled: in bulk where nothing has to be undone, else one by one."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

from app.engine.commands import lifecycle
from app.engine.commands.aftermath import dispatch
from app.engine.config import EngineContext
from app.engine.upkeep.chore import Chore
from app.errors import Conflict, NotFound
from app.storage.database import driver, transaction
from app.storage.waiting import fan_outs
from app.storage.waiting.fan_outs import ClosedFanOut
from app.storage.walk import lock

#: Closed fan-outs that one timekeeper takes at once.
FAN_OUTS = 20
#: Children that one transaction cancels: about 30 ms.
BATCH = 500
#: Children that are cancelled one by one, each in about 30 ms, before the next fan-out has its turn.
TURN = 50


def cancel_orphans(context: EngineContext, chore: Chore) -> bool:
    """Cancel children of closed fan-outs; True where there may be more."""
    grace = context.config.grace
    with driver(context.engine) as connection, connection.cursor() as cursor:
        closed = fan_outs.take_closed(cursor, grace=grace, batch=FAN_OUTS, but=chore.backoff.paused())
    for fan_out in closed:
        chore.run_item(fan_out.id, partial(_cancel_children, context, chore, fan_out))
    return bool(closed)


def _cancel_children(context: EngineContext, chore: Chore, fan_out: ClosedFanOut) -> None:
    while _cancel_batch(context, fan_out.id, begun=False):
        pass
    if not _compensates(context, fan_out):
        while _cancel_batch(context, fan_out.id, begun=True):
            pass
    with driver(context.engine) as connection, connection.cursor() as cursor:
        left = fan_outs.list_children_left(cursor, fan_out.id, limit=TURN, but=chore.backoff.paused())
        if not left and not fan_outs.list_children_left(cursor, fan_out.id, limit=1):
            fan_outs.finish_closed(cursor, fan_out.id)
    for child in left:
        chore.run_item(child, partial(_cancel_child, context, child))
    if len(left) == TURN:
        with driver(context.engine) as connection, connection.cursor() as cursor:
            fan_outs.continue_soon(cursor, fan_out.id)


def _compensates(context: EngineContext, fan_out: ClosedFanOut) -> bool:
    """True where a child may have done something that has to be undone. Raises where its workflow does not compile."""
    with driver(context.engine) as connection, connection.cursor() as cursor:
        load = partial(lock.fetch_definition, cursor, fan_out.workflow_id, fan_out.version)
        return context.workflows.get(fan_out.workflow_id, fan_out.version, load, fan_out.inline_path).compensates


def _cancel_batch(context: EngineContext, fan_out: str, *, begun: bool) -> bool:
    with transaction(context.engine) as cursor:
        return fan_outs.cancel_children(cursor, fan_out, begun=begun, batch=BATCH) == BATCH


def _cancel_child(context: EngineContext, child: str) -> None:
    with suppress(Conflict, NotFound):  # it has ended meanwhile, or is being stopped
        dispatch(context, lifecycle.cancel(context, child))
