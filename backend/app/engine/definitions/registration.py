"""The registration of workflow files: each is saved as the workflow of its name when a process starts."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from sqlalchemy.exc import SQLAlchemyError

from app.engine.definitions.files import FileDraft, read_folder
from app.engine.registry import Registry
from app.errors import TrigraphError
from app.settings import Settings
from app.storage import workflows
from app.storage.engine import make_engine
from app.storage.orm import Sessions, make_sessions

log = logging.getLogger(__name__)


def register_files(sessions: Sessions, registry: Registry, settings: Settings) -> dict[str, str]:
    """
    Register the definitions of ``WORKFLOWS_DIR``; several processes may do it at once.

    Returns the outcome for each file name: new, updated, unchanged, outdated or broken.
    """
    folder = read_folder(registry, settings)
    return {**dict.fromkeys(folder.broken, "broken"), **register_drafts(sessions, folder.drafts)}


def register_drafts(sessions: Sessions, files: Iterable[FileDraft]) -> dict[str, str]:
    """Register these definitions, each in a transaction of its own; what becomes of it is logged."""
    return {file.path.name: _register(sessions, file) for file in files}


def register_on_connection(settings: Settings, files: Iterable[FileDraft]) -> None:
    """Register these definitions on a connection of their own."""
    engine = make_engine(settings, pool_size=1)
    register_drafts(make_sessions(engine), files)
    engine.dispose()


def _register(sessions: Sessions, file: FileDraft) -> str:
    path, source, draft = file
    try:
        with sessions.begin() as session:
            became = workflows.register_workflow(session, draft, source=source)
    except (TrigraphError, SQLAlchemyError) as error:
        log.error("%s is not registered: %s", path, _describe_problem(error))
        return "broken"
    if became == "outdated":
        log.warning(
            "%s is not registered: a newer file replaced it as %s. To go back to it, change the file.",
            path,
            draft.name,
        )
    elif became != "unchanged":
        log.info("%s is registered as %s (%s).", path, draft.name, became)
    return became


def _describe_problem(error: Exception) -> str:
    """The first line of an error, without the SQL statement that caused it."""
    return str(getattr(error, "orig", None) or error).partition("\n")[0]
