"""Calls that go on although their time is over: they are named in the log, and limited in number."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any, NamedTuple

log = logging.getLogger(__name__)

#: Seconds after its time was over at which a call that goes on counts as stuck.
STUCK_AFTER = 5.0
#: Seconds between two checks.
CHECK_EVERY = 0.25
#: Calls that may be stuck in one process: each keeps a thread, and whatever it has opened.
MAX_STUCK = 32


class LateCall(NamedTuple):
    """A call whose time is over."""

    #: The ids of the handler's step, and its node type.
    label: Mapping[str, Any]
    #: True where it keeps a processor busy: then one is too many.
    computes: bool
    since: float


class StuckCalls:
    """
    The late calls of a process. Python cannot end a call that blocks in C.

    ``replace`` is called once there are too many that are stuck: only the end of their process ends them.
    """

    def __init__(self, replace: Callable[[], None]) -> None:
        self._replace = replace
        self._lock = threading.Lock()
        self._late: dict[threading.Thread, LateCall] = {}
        self._stuck: set[threading.Thread] = set()
        self._has_watch = False

    def add(self, thread: threading.Thread, label: Mapping[str, Any], *, computes: bool) -> None:
        """Watch a thread whose call took too long, and which ends with it."""
        with self._lock:
            self._late[thread] = LateCall(label, computes, monotonic())
            if not self._has_watch:
                self._has_watch = True
                threading.Thread(target=self._watch, name="stuck-calls", daemon=True).start()

    def _watch(self) -> None:
        timer, is_last = threading.Event(), False
        while not is_last:
            timer.wait(CHECK_EVERY)
            with self._lock:
                new = self._find_stuck()
                stuck = [self._late[thread] for thread in self._stuck]
                # Those that are known to be stuck need no watch.
                is_last = len(stuck) == len(self._late)
                self._has_watch = not is_last
            for call in new:
                _log_late_call(call)
            if new and (len(stuck) > MAX_STUCK or any(call.computes for call in stuck)):
                self._replace()

    def _find_stuck(self) -> list[LateCall]:
        """Forget threads that have ended; return those calls that have been late for too long since the last check."""
        self._late = {thread: call for thread, call in self._late.items() if thread.is_alive()}
        self._stuck &= self._late.keys()
        before = monotonic() - STUCK_AFTER
        new = {
            thread: call for thread, call in self._late.items() if call.since <= before and thread not in self._stuck
        }
        self._stuck |= new.keys()
        return list(new.values())


def _log_late_call(call: LateCall) -> None:
    text = (
        "Execution %(execution)s, node %(node)s: the handler of %(type)s goes on although its time was over"
        " %(seconds).0f s ago. It blocks outside of Python; give the call that it makes a timeout."
    )
    fields = {"execution": None, "node": None, "type": None, **call.label, "seconds": monotonic() - call.since}
    log.warning(text, fields, extra=fields)
