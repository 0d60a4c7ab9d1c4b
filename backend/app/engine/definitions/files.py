"""Workflow files: the definitions in a folder, read and checked."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import NamedTuple

from app.engine.definitions.drafts import workflow_from_yaml
from app.engine.registry import Registry
from app.errors import Conflict, TrigraphError
from app.settings import Settings
from app.storage.workflow_draft import WorkflowDraft

log = logging.getLogger(__name__)

#: The URL of the demo service in the workflow files that come with Trigraph.
DEMO = "http://localhost:18000"


class FileDraft(NamedTuple):
    """A workflow file and the draft that it has."""

    path: Path
    #: The text of the file.
    source: str
    draft: WorkflowDraft


class WorkflowFolder(NamedTuple):
    """The workflow files of a folder, by name."""

    drafts: list[FileDraft]
    #: The names of files that were logged and skipped.
    broken: list[str]


def read_folder(registry: Registry, settings: Settings) -> WorkflowFolder:
    """
    Read the definitions of ``WORKFLOWS_DIR``.

    An invalid file, or one whose workflow has the name of an earlier file's, is logged and skipped.
    """
    if settings.workflows_dir and not settings.workflows_folder.is_dir():
        log.warning(
            "WORKFLOWS_DIR=%s is not registered: there is no such folder; create it, or name another.",
            settings.workflows_dir,
        )
    folder = WorkflowFolder([], [])
    named: dict[str, Path] = {}
    for path in sorted(path for path in settings.workflows_folder.glob("*") if path.suffix in (".yaml", ".yml")):
        try:
            folder.drafts.append(_read(path, registry, settings, named))
        except (TrigraphError, OSError, UnicodeDecodeError) as error:
            log.error("%s is not registered: %s", path, str(error).partition("\n")[0])
            folder.broken.append(path.name)
    return folder


def _read(path: Path, registry: Registry, settings: Settings, named: dict[str, Path]) -> FileDraft:
    if not path.is_file():
        raise FileNotFoundError("It is not a file.")
    text = source = path.read_text("utf-8")
    if settings.demo_url:
        text = text.replace(DEMO, settings.demo_url.rstrip("/"))
    draft = workflow_from_yaml(text, registry, max_nodes=settings.max_nodes)
    if named.setdefault(draft.name, path) is not path:
        raise Conflict(f"The name {draft.name} is already used by {named[draft.name]}.")
    return FileDraft(path, source, draft)
