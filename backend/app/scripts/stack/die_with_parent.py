"""
Run a program that ends when the process that started it ends.

Usage: ``die_with_parent.py PARENT SIGNAL UID GID PROGRAM …``.
"""

from __future__ import annotations

import ctypes
import os
import sys
import time

PR_SET_PDEATHSIG = 1


def run_with_parent(*, parent: int, signal_number: int, uid: int, gid: int, command: list[str]) -> None:
    """
    Run ``command`` in this process, as this user; it gets the signal when ``parent`` ends.

    Linux sends the signal when the *thread* ends that started this process. A change of user would undo the request,
    so the user changes first.
    """
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0)
    else:
        watch(parent=parent, signal_number=signal_number)
    if os.getppid() != parent:
        sys.exit("The process that started this one has ended already.")
    os.execv(command[0], command)


def watch(*, parent: int, signal_number: int) -> None:
    """Start a small process that watches the parent, on systems without ``prctl``."""
    program = os.getpid()
    if os.fork():
        return
    while os.getppid() == program and exists(parent):
        time.sleep(0.25)
    if os.getppid() == program:
        os.kill(program, signal_number)
    os._exit(0)


def exists(pid: int) -> bool:
    """True while the process exists, whichever user it belongs to."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:5]]
    run_with_parent(parent=numbers[0], signal_number=numbers[1], uid=numbers[2], gid=numbers[3], command=sys.argv[5:])
