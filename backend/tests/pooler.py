"""PgBouncer in transaction mode before a Postgres; it has to be installed, as by ``apt-get install pgbouncer``."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

import psycopg2

from app.scripts.stack.embedded.ports import free_port
from app.scripts.stack.processes import Child, Program, wait_until

#: Where it is installed, also where ``sbin`` is not on the path.
PROGRAM = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


@contextmanager
def pooler_to(url: str, *, sessions: int) -> Iterator[str]:
    """The URL of a pooler that shares this number of Postgres' sessions among all clients."""
    assert PROGRAM is not None
    parts = urlsplit(url)
    port = free_port()
    login = f"user={unquote(parts.username or '')} password={unquote(parts.password or '')}"
    with tempfile.TemporaryDirectory(prefix="pgbouncer-") as folder:
        # It refuses to run as root, and reads its configuration as the user that it runs as.
        os.chmod(folder, 0o755)
        settings = Path(folder) / "pgbouncer.ini"
        settings.write_text(
            f"[databases]\n* = host={parts.hostname} port={parts.port} {login}\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n"
            f"pool_mode = transaction\ndefault_pool_size = {sessions}\nmax_client_conn = 500\n"
        )
        user = ["-u", "nobody"] if os.getuid() == 0 else []
        log = Path(folder) / "pgbouncer.log"
        child = Child(Program(name="PgBouncer", command=[PROGRAM, *user, str(settings)], log=log, cwd=Path(folder)))
        pooled = urlunsplit(parts._replace(netloc=f"{parts.username}@127.0.0.1:{port}", query=""))
        try:
            assert wait_until(lambda: answers(pooled), seconds=20), child.exit_report()
            yield pooled
        finally:
            child.kill()


def answers(url: str) -> bool:
    try:
        psycopg2.connect(url, connect_timeout=2).close()
    except psycopg2.OperationalError:
        return False
    return True
