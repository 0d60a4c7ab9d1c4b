"""
``python -m app.scripts.studio``: build the web page in ``frontend``, if Node is there and anything has changed.

With ``--if-possible`` it is no error if Node is missing, or if its packages cannot be installed.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

BACKEND = Path(__file__).resolve().parents[2]
FRONTEND = BACKEND.parent / "frontend"
IF_POSSIBLE = "--if-possible"
#: Files and folders that are made from the others, or are not part of the page.
MADE = frozenset({"node_modules", "dist", "client", "test-results", "e2e", "openapi.json", "__pycache__"})
#: Files of the API that decide what the generated client is.
API = (BACKEND / "app" / "api", BACKEND / "app" / "storage" / "statuses.py")
#: The oldest Node of Vite, and of the next major version that it supports.
OLDEST_NODE = ((20, 19), (22, 12))
#: Characters of the output of a command that failed.
LONGEST = 4000
#: npm asks no server but the registry.
QUIET = {"PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD": "1", "NO_UPDATE_NOTIFIER": "1"}


class CannotBuild(Exception):
    """The page cannot be built; the sentence says why."""


class CannotInstall(CannotBuild):
    """This machine does not have what the build needs, and cannot get it."""


def main() -> None:
    try:
        build()
    except CannotBuild as error:
        sentence = f"The studio is not built: {error}"
        if not (isinstance(error, CannotInstall) and IF_POSSIBLE in sys.argv[1:]):
            sys.exit(sentence)
        print(sentence, flush=True)


def build(frontend: Path = FRONTEND) -> bool:
    """Build the page; False if it is up to date. Raises CannotBuild."""
    wanted, stamp = digest_of(source_files(frontend)), frontend / "dist" / ".digest"
    if stamp.is_file() and stamp.read_text() == wanted:
        return False
    require_node()
    print("Building the studio …", flush=True)
    install_packages(frontend)
    write_document(frontend / "openapi.json")
    for script in ("client", "build"):
        npm(frontend, "run", "--silent", script)
    stamp.write_text(wanted)
    return True


def source_files(frontend: Path) -> Iterator[Path]:
    """The files that the page is made of."""
    for place in (frontend, *API):
        for path in place.rglob("*") if place.is_dir() else (place,):
            if path.is_file() and MADE.isdisjoint(path.relative_to(place).parts):
                yield path


def digest_of(paths: Iterable[Path]) -> str:
    """A digest of the names and contents of files."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        content = path.read_bytes()
        digest.update(f"{path} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def require_node() -> None:
    """Raises CannotInstall if Node or npm is missing, or too old."""
    if not (shutil.which("node") and shutil.which("npm")):
        raise CannotInstall("install Node 20.19 or later with npm, and run make studio.")
    found = subprocess.run(["node", "--version"], capture_output=True, text=True).stdout.strip()
    if not is_supported(found):
        raise CannotInstall(
            f"node is {found or 'broken'}; install Node 20.19, 22.12 or a later one, and run make studio."
        )


def is_supported(version: str) -> bool:
    """True for the versions of Node that Vite supports, such as ``v20.19.0``."""
    match = re.match(r"v(\d+)\.(\d+)", version)
    if match is None:
        return False
    found = (int(match[1]), int(match[2]))
    return OLDEST_NODE[0] <= found < (21, 0) or found >= OLDEST_NODE[1]


def install_packages(frontend: Path) -> None:
    """Install what ``package-lock.json`` names, unless that is there. Raises CannotInstall."""
    lock, stamp = digest_of([frontend / "package-lock.json"]), frontend / "node_modules" / ".digest"
    if stamp.is_file() and stamp.read_text() == lock:
        return
    try:
        npm(frontend, "ci", "--no-progress", "--loglevel=error")
    except CannotBuild as error:
        raise CannotInstall(str(error)) from None
    stamp.write_text(lock)


def npm(frontend: Path, *arguments: str) -> None:
    """Run npm. Raises CannotBuild with the end of its output."""
    environment = {**os.environ, **QUIET}
    done = subprocess.run(["npm", *arguments], cwd=frontend, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise CannotBuild(f"npm {' '.join(arguments)} failed.\n{(done.stdout + done.stderr)[-LONGEST:]}")


def write_document(path: Path) -> None:
    """Write the OpenAPI document, of which the client is generated, in a process that reads no settings of the user."""
    done = subprocess.run(
        [sys.executable, "-m", "app.scripts.openapi"],
        cwd=BACKEND,
        capture_output=True,
        text=True,
        env=plain_environment(),
    )
    if done.returncode:
        raise CannotBuild(f"the OpenAPI document cannot be made.\n{done.stderr[-LONGEST:]}")
    path.write_text(done.stdout)


def plain_environment() -> dict[str, str]:
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "VIRTUAL_ENV") if name in os.environ}


if __name__ == "__main__":
    main()
