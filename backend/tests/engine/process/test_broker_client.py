"""The client of a process: one for all of its threads, and another one after a fork."""

from __future__ import annotations

import os
import subprocess
import sys

from app.settings import BACKEND
from tests.scenarios.stack import Stack

FORK = """
import os, threading, warnings
from app.engine.process.broker_client import client

parent = client()
parent.ping()
held, done = threading.Event(), threading.Event()

def hold():
    with parent.connection_pool._lock:
        held.set()
        done.wait()

threading.Thread(target=hold).start()
held.wait()
warnings.simplefilter("ignore", DeprecationWarning)
child = os.fork()
if child == 0:
    try:
        os._exit(0 if client() is not parent and client() is client() and client().ping() else 1)
    finally:
        os._exit(2)
status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
done.set()
print(status, client() is parent, parent.ping())
"""


def test_forked_process_has_a_client_of_its_own(quiet: Stack) -> None:
    command = [sys.executable, "-c", FORK]

    printed = subprocess.check_output(command, cwd=BACKEND, env={**os.environ, **quiet.env}, text=True, timeout=60)

    assert printed == "0 True True\n"
