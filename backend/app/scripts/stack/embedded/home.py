"""The folder of one Postgres, and the account that it runs as: Postgres refuses to run as root."""

from __future__ import annotations

import os
import pwd
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from app.scripts.stack.embedded.binaries import required_folders
from app.scripts.stack.processes import Account, CannotStart

#: The folder of Postgres's data if this process is root and other users cannot enter the data folder.
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
    """The home in this data folder, created if it is missing. Raises CannotStart."""
    path = data_dir / "postgres"
    if os.geteuid() != 0:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Home(path.resolve(), Account())
    if not path.is_symlink() and not path.exists():
        create_home_of_other_user(path)
    home = path.resolve(strict=True)
    if not is_open_to_all(home.parent):
        raise CannotStart(
            f"Postgres does not run as root, and no other user may enter {home.parent}; "
            "run chmod o+x on it and its parents."
        )
    return Home(home, ensure_owner(home))


def create_home_of_other_user(path: Path) -> None:
    """Create an empty home, in another place if only root may enter the data folder."""
    if is_open_to_all(path.parent.resolve()):
        path.mkdir(mode=0o700)
        return
    ELSEWHERE.mkdir(parents=True, exist_ok=True)
    ELSEWHERE.chmod(0o711)
    path.symlink_to(tempfile.mkdtemp(prefix="postgres-", dir=ELSEWHERE))


def is_open_to_all(folder: Path) -> bool:
    return all(each.stat().st_mode & 0o001 for each in (folder, *folder.parents))


def ensure_owner(home: Path) -> Account:
    """The account that owns the home; if that is root, the home is given to ``nobody``."""
    owner = home.stat()
    if owner.st_uid:
        return Account(owner.st_uid, owner.st_gid)
    nobody = pwd.getpwnam("nobody")
    account = Account(nobody.pw_uid, nobody.pw_gid)
    change_owner(home, account)
    return account


def change_owner(folder: Path, account: Account) -> None:
    """Give a folder and its contents to the account; the folder last, as a sign that the change is complete."""
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            os.lchown(os.path.join(parent, name), account.uid, account.gid)
    os.chown(folder, account.uid, account.gid)


def programs_for(home: Home, programs: Path) -> Path:
    """The folder of programs, or a copy if the account of the home cannot read it."""
    if home.account.uid < 0 or is_open_to_all(programs.resolve()):
        return programs
    copy = home.path / f"programs-{(programs / 'postgres').stat().st_mtime_ns}"
    folders = required_folders(programs)
    if not copy.exists():
        copy_programs(home, folders, copy)
    return copy / programs.relative_to(folders[0].parent)


def copy_programs(home: Home, folders: list[Path], copy: Path) -> None:
    unfinished = copy.with_name("programs.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    for folder in folders:
        shutil.copytree(
            folder, unfinished / folder.name, symlinks=True, ignore=shutil.ignore_patterns("include", "*.py*")
        )
    change_owner(unfinished, home.account)
    unfinished.rename(copy)
