"""The embedded servers: they end with their owner, and no interruption damages the folder."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
import redis

from app.scripts.stack import embedded
from app.scripts.stack.embedded import Servers
from app.scripts.stack.embedded.binaries import postgres_programs, required_folders
from app.scripts.stack.embedded.home import postgres_home
from app.scripts.stack.embedded.ports import free_port, is_taken
from app.scripts.stack.processes import CannotStart, Child, Program, wait_until
from app.scripts.stack.services import BACKEND
from tests.servers import temporary_folder
from tests.stack.processes_seen import descendants, is_running

OWNER = """
import sys, time
from pathlib import Path
from app.scripts.stack import embedded

with embedded.servers(Path(sys.argv[1])):
    print("up", flush=True)
    time.sleep(600)
"""
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="Only root has to change to another user.")


@pytest.fixture
def folder() -> Iterator[Path]:
    with temporary_folder() as path:
        yield path


def write(servers: Servers, value: str) -> None:
    execute(servers, "CREATE TABLE IF NOT EXISTS kept (value text)")
    execute(servers, f"INSERT INTO kept VALUES ('{value}')")
    with redis.Redis.from_url(servers.redis_url) as client:
        client.rpush("kept", value)


def execute(servers: Servers, statement: str) -> None:
    connection = psycopg2.connect(servers.database_url)
    with connection, connection.cursor() as cursor:
        cursor.execute(statement)
    connection.close()


def read(servers: Servers) -> tuple[list[str], list[str]]:
    """The values in Postgres and in Valkey."""
    connection = psycopg2.connect(servers.database_url)
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT value FROM kept")
        rows = [row[0] for row in cursor.fetchall()]
    connection.close()
    with redis.Redis.from_url(servers.redis_url, decode_responses=True) as client:
        return rows, client.lrange("kept", 0, -1)


def test_restarted_server_has_its_address_and_data(folder: Path) -> None:
    with embedded.servers(folder) as servers:
        write(servers, "a")
        before = (servers.database_url, servers.redis_url)

        for server in (servers.postgres, servers.redis):
            server.stop()
            server.start()

        assert (servers.database_url, servers.redis_url) == before
        assert read(servers) == (["a"], ["a"])


def test_killed_server_has_its_data_after_a_restart(folder: Path) -> None:
    with embedded.servers(folder) as servers:
        write(servers, "a")

        assert servers.postgres.child
        servers.postgres.child.kill()
        servers.postgres.start()

        assert read(servers) == (["a"], ["a"])


def test_killed_owner_leaves_no_server(folder: Path) -> None:
    owner = subprocess.Popen([sys.executable, "-c", OWNER, str(folder)], cwd=BACKEND, stdout=subprocess.PIPE)
    with owner:
        assert owner.stdout
        owner.stdout.readline()
        processes = descendants(owner.pid)

        owner.kill()

        assert len(processes) > 2
        assert wait_until(lambda: not any(map(is_running, processes)), seconds=20)


def test_data_outlive_their_owner(folder: Path) -> None:
    with embedded.servers(folder) as servers:
        write(servers, "a")

    with embedded.servers(folder) as servers:
        assert read(servers) == (["a"], ["a"])


def test_only_the_owner_reads_passwords_and_logs(folder: Path) -> None:
    (folder / "logs").mkdir(parents=True, mode=0o755)
    with embedded.servers(folder) as servers:
        private = [servers.postgres.home.password, servers.redis.folder / "valkey.conf", folder / "logs"]

        assert [oct(path.stat().st_mode & 0o777) for path in private] == ["0o600", "0o600", "0o700"]
        assert not any(secret in command for secret in passwords(servers) for command in commands(servers))


def passwords(servers: Servers) -> list[str]:
    return [url.rpartition("@")[0].rpartition(":")[2] for url in (servers.database_url, servers.redis_url)]


def commands(servers: Servers) -> list[str]:
    children = [child for child in (servers.postgres.child, servers.redis.child) if child]
    return [argument for child in children for argument in child.program.command]


def test_incomplete_initdb_is_not_used_as_data(folder: Path) -> None:
    embedded.make_folder(folder)
    half = postgres_home(folder).path / "data.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")

    with embedded.servers(folder) as servers:
        write(servers, "a")

        assert read(servers) == (["a"], ["a"])


def test_pid_file_of_another_process_does_not_stop_postgres(folder: Path) -> None:
    with embedded.servers(folder) as servers:
        home = servers.postgres.home
    stranger = Child(Program("sleep", ["/bin/sleep", "600"], log=folder / "sleep.log", account=home.account))
    pid_file = home.data / "postmaster.pid"
    pid_file.write_text(f"{stranger.pid}\n{home.data}\n0\n5432\n\n127.0.0.1\n0 0\nready\n")
    os.chown(pid_file, home.account.uid, home.account.gid)

    with embedded.servers(folder) as servers:
        write(servers, "a")

    assert is_running(stranger.pid)
    stranger.kill()


def test_server_on_a_taken_port_cannot_start(folder: Path) -> None:
    with embedded.servers(folder) as servers:
        servers.redis.stop()
        servers.redis.port = servers.postgres.port

        with pytest.raises(CannotStart, match="Valkey ended with status"):
            servers.redis.start()


def test_each_folder_has_its_own_servers(folder: Path) -> None:
    with temporary_folder() as other, embedded.servers(folder) as one, embedded.servers(other) as two:
        write(one, "a")
        write(two, "b")

        assert (read(one), read(two)) == ((["a"], ["a"]), (["b"], ["b"]))


def test_process_watches_the_parent_without_prctl(tmp_path: Path) -> None:
    watched = (
        "import os, sys; sys.path.insert(0, 'app/scripts/stack'); import die_with_parent; "
        "die_with_parent.watch(parent={}, signal_number=15); "
    )
    become = "os.execv('/bin/sleep', ['sleep', '600'])"
    parent = subprocess.Popen(["/bin/sleep", "600"])
    child = subprocess.Popen([sys.executable, "-c", watched.format(parent.pid) + become], cwd=BACKEND)
    assert wait_until(lambda: bool(descendants(child.pid)), seconds=20)
    watchers = descendants(child.pid)

    parent.kill()
    parent.wait()

    assert child.wait(timeout=10) == -signal.SIGTERM
    assert wait_until(lambda: not any(map(is_running, watchers)), seconds=20)


def test_free_port_is_not_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert is_taken("127.0.0.1", listener.getsockname()[1])

    assert not is_taken("127.0.0.1", free_port())


@as_root
def test_programs_that_only_root_can_read_are_copied(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hide_wheel(tmp_path / "hidden")
    monkeypatch.syspath_prepend(tmp_path / "hidden")

    with embedded.servers(folder) as servers:
        write(servers, "a")
        assert servers.postgres.child
        program = Path(servers.postgres.child.program.command[0])

    assert program.is_relative_to(folder)


def hide_wheel(folder: Path) -> None:
    """Copy the wheel into a folder that only root may enter."""
    programs = postgres_programs()
    assert programs
    for belonging in required_folders(programs):
        shutil.copytree(belonging, folder / belonging.name, symlinks=True)
    folder.chmod(0o700)


@as_root
def test_data_in_a_folder_of_root_are_kept_elsewhere(folder: Path) -> None:
    folder.mkdir(mode=0o700)

    with embedded.servers(folder) as servers:
        write(servers, "a")
        home = servers.postgres.home.path
    with embedded.servers(folder) as servers:
        kept = read(servers)
    embedded.remove(folder)

    assert not home.is_relative_to(folder)
    assert kept == (["a"], ["a"])
    assert not home.exists()
