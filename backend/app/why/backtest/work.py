"""The work of a backtest, unit by unit: make its slices, evaluate one, or complete it; each is one transaction."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from app.errors import InvalidRule, TrigraphError
from app.storage.backtests import work
from app.storage.backtests.slices import SLICE, lock_slice, plan_slices
from app.storage.backtests.work import Backtest
from app.storage.database import ConnectionPool, Cursor, transaction
from app.why.backtest.evaluation import evaluate_slice
from app.why.backtest.report import make_report

log = logging.getLogger(__name__)

#: Seconds that one message works before the worker turns to others.
TURN = 0.5
#: Messages that ask further workers to help with the slices that were made.
MOST_HELPERS = 3


def work_on_backtests(
    engine: ConnectionPool, *, turn: float = TURN, size: int = SLICE, clock: Callable[[], float] = time.monotonic
) -> int:
    """
    Do what there is to do for ``turn`` seconds; returns how many messages are to ask workers for more.

    ``size`` is the number of events of a slice that is made.
    """
    until, helpers = clock() + turn, 0
    while (slices := do_next_unit(engine, size=size)) is not None:
        helpers += slices
        if clock() >= until:
            return 1 + min(helpers, MOST_HELPERS)
    return min(helpers, MOST_HELPERS)


def do_next_unit(engine: ConnectionPool, *, size: int = SLICE) -> int | None:
    """Do one unit of any backtest in one transaction; returns how many slices were made, None if nothing is free."""
    with transaction(engine) as cursor:
        if _complete_backtest(cursor):
            return 0
        slices = _plan_backtest(cursor, size)
        if slices is not None:
            return slices
        return 0 if _evaluate(cursor) else None


def _plan_backtest(cursor: Cursor, size: int) -> int | None:
    backtest = work.lock_pending(cursor)
    if backtest is None:
        return None
    slices = plan_slices(cursor, backtest, size=size)
    work.begin_backtest(cursor, backtest.id)
    log.info("Backtest %s has %d slices.", backtest.id, slices, extra={"backtest": backtest.id})
    return slices


def _evaluate(cursor: Cursor) -> bool:
    part = lock_slice(cursor)
    if part is None:
        return False
    backtest = work.fetch_backtest(cursor, part.backtest_id)
    if backtest is None:
        return True
    try:
        evaluate_slice(cursor, backtest, part)
    except InvalidRule as error:
        # An operator that is registered in the API, but not in this worker.
        work.end_backtest(cursor, backtest.id, error=f"The rule cannot be used: {error}")
        return True
    work.note_progress(cursor, backtest.id)
    return True


def _complete_backtest(cursor: Cursor) -> bool:
    backtest = work.lock_evaluated(cursor)
    if backtest is None:
        return False
    _end(cursor, backtest)
    return True


def _end(cursor: Cursor, backtest: Backtest) -> None:
    try:
        report = make_report(cursor, backtest)
    except TrigraphError as error:
        work.end_backtest(cursor, backtest.id, error=str(error))
        return
    work.end_backtest(cursor, backtest.id, report=report)
    log.info("Backtest %s is complete.", backtest.id, extra={"backtest": backtest.id})
