"""A pool process ends with the main process of its worker, even where that is killed (on Linux)."""

from __future__ import annotations

import ctypes
import signal
import sys

#: The option of ``prctl`` that names the signal which a process gets when its parent ends.
PR_SET_PDEATHSIG = 1


def end_with_parent(name: str = "SIGKILL") -> None:
    """
    Have the kernel send this process a signal when its parent ends; on other systems, do nothing.

    It stands in for ``celery.platforms.set_pdeathsig``, which makes the same call through cffi, whose parser of C takes
    10 MB.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.Signals[name].value, 0, 0, 0)
