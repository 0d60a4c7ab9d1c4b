"""Workflow files: definitions in a folder, registered by name when a process starts."""

from __future__ import annotations

import logging
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from app.engine.definitions.drafts import workflow_from_yaml
from app.engine.registry import Registry
from app.errors import Conflict, TrigraphError
from app.settings import Settings
from app.storage import workflows
from app.storage.database import make_sessions

log = logging.getLogger(__name__)

#: The URL of the demo service in the workflow files that come with Trigraph.
DEMO = "http://localhost:18000"


def register_files(engine: Engine, registry: Registry, settings: Settings) -> dict[str, str]:
    """
    Register the definitions of ``WORKFLOWS_DIR``.

    Returns the outcome for each file name: new, updated, unchanged, outdated or broken. Several processes may do it at
    once. An invalid file, or one whose workflow has the name of an earlier file's, is logged and skipped.
    """
    if settings.workflows_dir and not settings.workflows_folder.is_dir():
        log.warning(
            "WORKFLOWS_DIR=%s is not registered: there is no such folder; create it, or name another.",
            settings.workflows_dir,
        )
    found = sorted(path for path in settings.workflows_folder.glob("*") if path.suffix in (".yaml", ".yml"))
    named: dict[str, Path] = {}
    return {path.name: _register(path, engine, registry, settings, named) for path in found}


def _register(path: Path, engine: Engine, registry: Registry, settings: Settings, named: dict[str, Path]) -> str:
    try:
        if not path.is_file():
            raise FileNotFoundError("It is not a file.")
        text = source = path.read_text("utf-8")
        if settings.demo_url:
            text = text.replace(DEMO, settings.demo_url.rstrip("/"))
        draft = workflow_from_yaml(text, registry, max_nodes=settings.max_nodes)
        if named.setdefault(draft.name, path) is not path:
            raise Conflict(f"The name {draft.name} is already used by {named[draft.name]}.")
        with make_sessions(engine)() as session, session.begin():
            became = workflows.register_workflow(session, draft, source=source)
    except (TrigraphError, OSError, UnicodeDecodeError, SQLAlchemyError) as error:
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
