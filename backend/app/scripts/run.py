"""``python -m app.scripts.run``: run all of Trigraph on this machine; no process outlives it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from app.access.listening import describe_open_door, is_loopback
from app.scripts.stack.embedded.folder import Backing, open_backing, write_settings
from app.scripts.stack.embedded.ports import free_port, is_taken
from app.scripts.stack.processes import CannotStart, run_to_end
from app.scripts.stack.services import BACKEND, Programs, Services
from app.scripts.stack.supervisor import Supervisor

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
#: Passed by ``make``: the stack ends when the process that started it ends.
FOLLOW_PARENT = "--follow-parent"
#: The demo service has this port plus the port of the API: with 8000, the port in the shipped workflow files.
DEMO_OFFSET = 10_000
#: Variables that processes of the stack read beside the settings, and the prefix of secrets.
OTHER_VARIABLES = ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")
SECRET_PREFIX = "SECRET_"
#: In the API's log, the line of each workflow file that is not valid.
INVALID_FILE = " is not registered: "
READY = """\
The demo service is {demo_url}; the settings of all processes are in {settings_file}.
Ready: {url}
curl -X POST {url}/events -H 'Content-Type: application/json' \
-d '{{"lead": {{"source": "LinkedIn", "score": 90, "title": "CEO"}}}}'"""

CLOSED = (
    "AUTH={auth}: requests need a key, as -H 'Authorization: Bearer tg_…'; `trigraph keys create --admin` makes one."
)


@dataclass(frozen=True)
class Options:
    """Where the stack listens, and where its data are."""

    host: str
    port: int
    data_dir: Path
    #: The process id with which the stack ends, if any.
    parent: int | None

    @property
    def url(self) -> str:
        """The address of the API on this machine."""
        is_local = self.host in ("127.0.0.1", "0.0.0.0", "::", "::1")
        host = "localhost" if is_local else f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"


@dataclass(frozen=True)
class Checked:
    """What this process needs of the settings, after their check."""

    #: Processes of the worker, ``WORKER_CONCURRENCY``.
    concurrency: str
    #: The names of all settings, in upper case.
    names: frozenset[str]


def main() -> None:
    end_on_signals()
    try:
        options = parse_options(os.environ, sys.argv[1:])
        run(options)
    except (CannotStart, OSError) as error:
        sys.exit(f"Trigraph cannot run: {error}")


def end_on_signals() -> None:
    """End in order on the first signal and ignore all further ones. SIGHUP stays ignored under ``nohup``."""

    def end(number: int, frame: FrameType | None) -> None:
        ignore_signals()
        sys.exit(0)

    for number in SIGNALS:
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, end)


def ignore_signals() -> None:
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def parse_options(environment: Mapping[str, str], arguments: list[str]) -> Options:
    """The options in the environment and the arguments. Raises CannotStart."""
    port = environment.get("PORT") or "8000"
    if not (port.isascii() and port.isdecimal() and 0 < int(port) < 65536):
        raise CannotStart(f"PORT={port!r}: it must be a number from 1 to 65535.")
    host = environment.get("HOST") or "127.0.0.1"
    if (environment.get("AUTH") or "off").strip() == "off" and not is_loopback(host):
        raise CannotStart(f"{describe_open_door(host)}.")
    return Options(
        host=host,
        port=int(port),
        data_dir=Path(environment.get("DATA_DIR") or BACKEND.parent / ".data").expanduser().resolve(),
        parent=os.getppid() if FOLLOW_PARENT in arguments else None,
    )


def run(options: Options) -> None:
    """Run the stack until a signal ends it. Raises CannotStart."""
    if is_taken(options.host, options.port):
        raise CannotStart(f"Port {options.port} of {options.host} is taken; set PORT to another.")
    checked = check_settings()
    given = {name.lower(): os.environ.get(name) for name in ("DATABASE_URL", "REDIS_URL")}
    with open_backing(options.data_dir, **given) as backing:
        print(f"Trigraph is starting; its logs are in {options.data_dir / 'logs'}.", flush=True)
        demo_port = choose_demo_port(options.port, backing)
        settings = collect_settings(options, backing, checked, demo_port)
        if backing.settings_file:
            write_settings(backing.settings_file, settings)
        programs = Programs(
            host=options.host,
            port=options.port,
            logs=options.data_dir / "logs",
            env={**os.environ, **settings, "PYTHONUNBUFFERED": "1"},
            concurrency=checked.concurrency,
            demo_port=demo_port,
        )
        run_to_end(programs.migrate)
        serve(options, backing, programs)


def check_settings() -> Checked:
    """Check all settings in a process of its own; it prints the invalid ones, and this process ends too."""
    code = (
        "import json; from app.settings import Settings, load_settings; "
        "print(json.dumps([load_settings().worker_concurrency, [name.upper() for name in Settings.model_fields]]))"
    )
    answer = subprocess.run([sys.executable, "-c", code], cwd=BACKEND, stdout=subprocess.PIPE, text=True)
    if answer.returncode:
        sys.exit(answer.returncode)
    concurrency, names = json.loads(answer.stdout)
    return Checked(str(concurrency), frozenset(names))


def choose_demo_port(port: int, backing: Backing) -> int | None:
    """
    The port of the demo service, None if ``DEMO_URL`` names one or the owner of the servers runs one.

    The same port at every start, so that the workflow files that name it do not change.
    """
    if os.environ.get("DEMO_URL") or backing.owner_settings.get("DEMO_URL"):
        return None
    beside = port + DEMO_OFFSET
    return beside if beside < 65536 and not is_taken("127.0.0.1", beside) else free_port()


def collect_settings(options: Options, backing: Backing, checked: Checked, demo_port: int | None) -> dict[str, str]:
    """All that the API and the worker read: with the same, a worker started by hand behaves the same."""
    demo_url = os.environ.get("DEMO_URL") or backing.owner_settings.get("DEMO_URL") or f"http://localhost:{demo_port}"
    given = {
        name: value
        for name, value in os.environ.items()
        if value and (name.upper() in checked.names or name in OTHER_VARIABLES or name.startswith(SECRET_PREFIX))
    }
    return {
        "HTTP_ALLOW_PRIVATE": "true",
        "API_URL": options.url,  # For people: the examples of the documentation use it.
        "EXTERNAL_URL": options.url,
        "PUBLIC_URL": os.environ.get("PUBLIC_URL") or options.url,
        **given,
        "HOST": options.host,
        "PORT": str(options.port),
        "DATABASE_URL": backing.database_url,
        "REDIS_URL": backing.redis_url,
        "DEMO_URL": demo_url,
    }


def serve(options: Options, backing: Backing, programs: Programs) -> None:
    """Start the services, and start again each server and service that ends. Raises CannotStart."""
    services = Services(programs)
    try:
        services.wait_until_ready()
        run_to_end(programs.seed)
        for line in services.api.child.logged_lines(INVALID_FILE):
            print(line.partition(": ")[2], flush=True)
        settings_file = options.data_dir / "stack.env"
        print(READY.format(url=options.url, demo_url=programs.env["DEMO_URL"], settings_file=settings_file), flush=True)
        if (auth := programs.env.get("AUTH") or "off") != "off":
            print(CLOSED.format(auth=auth), flush=True)
        supervisor = Supervisor([*backing.servers, *services.all], report=lambda line: print(line, flush=True))
        while not (trouble := backing.find_trouble() or find_lost_parent(options)):
            supervisor.check()
            time.sleep(0.2)
        raise CannotStart(trouble)
    finally:
        ignore_signals()
        services.stop()


def find_lost_parent(options: Options) -> str | None:
    if options.parent is None or os.getppid() == options.parent:
        return None
    return "The process that started it has ended."


if __name__ == "__main__":
    main()
