"""The folder that Postgres lives in, and the account it runs as: it refuses to be root."""

from __future__ import annotations

import os
import pwd
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from app.scripts.stack.embedded.binaries import belongings
from app.scripts.stack.processes import Account, CannotStart

#: Where Postgres keeps its data if we are root and the data folder lies where nobody else can enter.
ELSEWHERE = Path("/var/lib/trigraph")


@dataclass(frozen=True)
class Home:
    """
    The folder of one Postgres, its data and its password, which belong to the account that it runs as.

    ``DATA_DIR/postgres`` is the folder, or a link to it.
    """

    path: Path
    account: Account

    @property
    def data(self) -> Path:
        return self.path / "data"

    @property
    def password(self) -> Path:
        return self.path / "password"


def postgres_home(data_dir: Path) -> Home:
    """The home in this data folder, made if there is none."""
    path = data_dir / "postgres"
    if os.geteuid() != 0:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Home(path.resolve(), Account())
    if not path.is_symlink() and not path.exists():
        make_home_for_another(path)
    home = path.resolve(strict=True)
    if not may_be_entered_by_all(home.parent):
        raise CannotStart(f"Postgres does not run as root, and nobody else may enter {home.parent}.")
    return Home(home, settle(home))


def make_home_for_another(path: Path) -> None:
    """An empty home, elsewhere if nobody but root may enter the data folder."""
    if may_be_entered_by_all(path.parent.resolve()):
        path.mkdir(mode=0o700)
        return
    ELSEWHERE.mkdir(parents=True, exist_ok=True)
    ELSEWHERE.chmod(0o711)
    path.symlink_to(tempfile.mkdtemp(prefix="postgres-", dir=ELSEWHERE))


def may_be_entered_by_all(folder: Path) -> bool:
    return all(each.stat().st_mode & 0o001 for each in (folder, *folder.parents))


def settle(home: Path) -> Account:
    """The account that owns the home; ``nobody`` moves in where it is root."""
    owner = home.stat()
    if owner.st_uid:
        return Account(owner.st_uid, owner.st_gid)
    nobody = pwd.getpwnam("nobody")
    account = Account(nobody.pw_uid, nobody.pw_gid)
    give(home, account)
    return account


def give(folder: Path, account: Account) -> None:
    """Make a folder and all in it the account's own; the folder itself last, so that half of it is seen as not done."""
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            os.lchown(os.path.join(parent, name), account.uid, account.gid)
    os.chown(folder, account.uid, account.gid)


def programs_for(home: Home, programs: Path) -> Path:
    """The folder of programs, or a copy of it if the home's account cannot read it."""
    if home.account.uid < 0 or may_be_entered_by_all(programs.resolve()):
        return programs
    copy = home.path / f"programs-{(programs / 'postgres').stat().st_mtime_ns}"
    folders = belongings(programs)
    if not copy.exists():
        copy_programs(home, folders, copy)
    return copy / programs.relative_to(folders[0].parent)


def copy_programs(home: Home, folders: list[Path], copy: Path) -> None:
    half = copy.with_name("programs.new")
    shutil.rmtree(half, ignore_errors=True)
    for folder in folders:
        shutil.copytree(folder, half / folder.name, symlinks=True, ignore=shutil.ignore_patterns("include", "*.py*"))
    give(half, home.account)
    half.rename(copy)
