"""A reader's terminal: a shell that keeps variables and background jobs from command to command."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from threading import Timer

_DONE = "@@@ done"
#: Seconds after which a command counts as hanging.
_TIMEOUT = 60.0


class Terminal:
    """A ``bash`` in a folder."""

    def __init__(self, folder: Path, env: Mapping[str, str]) -> None:
        self._folder = folder
        self._errors = TemporaryFile("w+")  # noqa: SIM115
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": self._errors}
        self._bash = subprocess.Popen(["bash", "--norc"], cwd=folder, env=dict(env), text=True, **pipes)  # type: ignore[call-overload]
        self.run("set -m")

    def run(self, command: str) -> str:
        """Run commands in the folder and return what they print on the standard output."""
        assert self._bash.stdin
        assert self._bash.stdout
        self._bash.stdin.write(f"cd {self._folder}\n{{\n{command}\n}} < /dev/null\nprintf '\\n{_DONE}\\n'\n")
        self._bash.stdin.flush()
        watchdog = Timer(_TIMEOUT, self._bash.kill)
        watchdog.start()
        printed = []
        while (line := self._bash.stdout.readline()) != f"{_DONE}\n":
            assert line, f"The shell ended while it ran\n{command}"
            printed.append(line)
        watchdog.cancel()
        return "".join(printed).rstrip("\n")

    def errors(self) -> str:
        """All that commands have printed on the standard error output."""
        self._errors.seek(0)
        return self._errors.read()

    def close(self) -> None:
        """End the shell and its background jobs."""
        self.run("kill $(jobs -p) 2> /dev/null; wait")
        self._bash.communicate(timeout=_TIMEOUT)
        self._errors.close()


@contextmanager
def terminal(folder: Path, **env: str) -> Iterator[Terminal]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    opened = Terminal(folder, {**inherited, **env})
    try:
        yield opened
    finally:
        opened.close()
