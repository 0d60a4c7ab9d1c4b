"""``python -m app.scripts.run``: the whole of Trigraph on this machine, of which nothing is left when it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from app.scripts.stack.embedded import make_folder
from app.scripts.stack.embedded.folder import Backing, backing
from app.scripts.stack.embedded.ports import free_port, is_taken
from app.scripts.stack.processes import CannotStart, run_to_end
from app.scripts.stack.services import BACKEND, Programs, Services

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
#: ``make`` says this; whoever ends it by force ends us too.
FOLLOW_PARENT = "--follow-parent"
READY = """\
Ready: http://localhost:{port}
curl -X POST http://localhost:{port}/events -H 'Content-Type: application/json' \
-d '{{"lead": {{"source": "LinkedIn", "score": 90, "title": "CEO"}}}}'"""


@dataclass(frozen=True)
class Options:
    """Where the stack listens, and where its data are."""

    host: str
    port: int
    data_dir: Path
    #: The process that we end with, if any.
    parent: int | None


def main() -> None:
    end_on_signals()
    try:
        options = options_from(os.environ, sys.argv[1:])
        run(options)
    except (CannotStart, OSError) as error:
        sys.exit(f"Trigraph cannot run: {error}")


def end_on_signals() -> None:
    """The first signal unwinds all that is open; from then on nothing disturbs that. ``nohup`` is respected."""

    def end(number: int, frame: FrameType | None) -> None:
        ignore_signals()
        sys.exit(0)

    for number in SIGNALS:
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, end)


def ignore_signals() -> None:
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def options_from(environment: Mapping[str, str], arguments: list[str]) -> Options:
    port = environment.get("PORT") or "8000"
    if not (port.isdecimal() and 0 < int(port) < 65536):
        raise CannotStart(f"PORT={port} is not the number of a port.")
    return Options(
        host=environment.get("HOST") or "127.0.0.1",
        port=int(port),
        data_dir=Path(environment.get("DATA_DIR") or BACKEND.parent / ".data").expanduser().resolve(),
        parent=os.getppid() if FOLLOW_PARENT in arguments else None,
    )


def run(options: Options) -> None:
    """Start everything, say so, and stay until somebody ends it or something ends by itself."""
    if is_taken(options.host, options.port):
        raise CannotStart(f"Port {options.port} of {options.host} is taken; set PORT to another.")
    concurrency = checked_concurrency()
    make_folder(options.data_dir)
    print(f"Trigraph is starting; its logs are in {options.data_dir / 'logs'}.", flush=True)
    given = {name.lower(): os.environ.get(name) for name in ("DATABASE_URL", "REDIS_URL")}
    with backing(options.data_dir, **given) as servers:
        programs = programs_for(options, servers, concurrency)
        run_to_end(programs.migrate)
        serve(options, servers, programs)


def checked_concurrency() -> str:
    """``WORKER_CONCURRENCY``; a bad value anywhere in the environment ends us with the line that says which."""
    question = "from app.settings import load_settings; print(load_settings().worker_concurrency)"
    answer = subprocess.run([sys.executable, "-c", question], cwd=BACKEND, stdout=subprocess.PIPE, text=True)
    if answer.returncode:
        sys.exit(answer.returncode)
    return answer.stdout.strip()


def programs_for(options: Options, servers: Backing, concurrency: str) -> Programs:
    addresses = {"DATABASE_URL": servers.database_url, "REDIS_URL": servers.redis_url}
    port = demo_port(options.port)
    addresses["DEMO_URL"] = os.environ.get("DEMO_URL") or f"http://localhost:{port}"
    defaults = {"HTTP_ALLOW_PRIVATE": os.environ.get("HTTP_ALLOW_PRIVATE") or "true", "PYTHONUNBUFFERED": "1"}
    return Programs(
        host=options.host,
        port=options.port,
        logs=options.data_dir / "logs",
        env={**os.environ, **addresses, **defaults},
        concurrency=concurrency,
        demo_port=port,
    )


def demo_port(port: int) -> int:
    """The same every time beside the same API, so that definitions need no new version at every start."""
    beside = port + 10_000
    return beside if beside < 65536 and not is_taken("127.0.0.1", beside) else free_port()


def serve(options: Options, servers: Backing, programs: Programs) -> None:
    services = Services(programs)
    try:
        services.await_open()
        run_to_end(programs.seed)
        print(READY.format(port=options.port), flush=True)
        while not (trouble := servers.trouble() or services.trouble() or orphaned(options)):
            time.sleep(0.2)
        raise CannotStart(trouble)
    finally:
        ignore_signals()
        services.close()


def orphaned(options: Options) -> str | None:
    if options.parent is None or os.getppid() == options.parent:
        return None
    return "The process that started it has ended."


if __name__ == "__main__":
    main()
