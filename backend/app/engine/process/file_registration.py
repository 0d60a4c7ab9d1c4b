"""The workflow files of a worker, registered without the memory that it takes to save a workflow."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterable
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

import psycopg2

from app.deferred import Deferred
from app.engine.definitions.files import FileDraft, read_folder
from app.engine.process.configuration import registry, settings
from app.storage.connecting import connection_parameters, open_connection
from app.storage.workflow_files import is_registered

if TYPE_CHECKING:
    from app.engine.definitions import registration
else:
    registration = Deferred("app.engine.definitions.registration")


def register_folder() -> None:
    """
    Register the definitions of ``WORKFLOWS_DIR``.

    Where one is new or has changed, a process is forked that registers them: the ORM that it imports goes with it.
    Raises RuntimeError where it fails; its log says why.
    """
    drafts = read_folder(registry, settings).drafts
    if _are_registered(drafts):
        return
    process = multiprocessing.get_context("fork").Process(target=partial(_register, drafts), name="register-files")
    process.start()
    process.join()
    if process.exitcode:
        raise RuntimeError(f"The workflow files are not registered: the process ended with status {process.exitcode}.")


def _are_registered(drafts: Iterable[FileDraft]) -> bool:
    """True where nothing is left to do; False also where Postgres cannot be asked now."""
    try:
        # Not by a pool, whose connections are watched by a thread: a process may be forked next.
        with closing(open_connection(connection_parameters(settings))) as opened, opened.cursor() as cursor:
            return all(is_registered(cursor, file.draft, source=file.source) for file in drafts)
    except psycopg2.Error:
        return False


def _register(drafts: Iterable[FileDraft]) -> None:
    registration.register_on_connection(settings, drafts)
