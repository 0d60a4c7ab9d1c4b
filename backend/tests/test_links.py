"""Links, files and modules that the pages for readers name exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.settings import BACKEND
from tests.docs.pages import ROOT, blocks, pages, prose

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
_CODE = re.compile(r"`([^`\n]+)`")
#: A file with a folder, such as `backend/app/main.py` or `tests/engine/service.py`.
_SOURCE = re.compile(r"(?:\.\./)?(?:[\w.-]+/)+[\w.-]+\.(?:py|yaml|yml|md|toml|txt|ini|json)")
_MODULE = re.compile(r"(?:app|benchmarks|tests)(?:\.\w+)+")
PAGES = [pytest.param(page, id=page.name) for page in pages()]


@pytest.mark.parametrize("page", PAGES)
def test_relative_links_lead_somewhere(page: Path) -> None:
    links = [link for link in _LINK.findall(prose(page)) if not re.match(r"https?://|mailto:", link)]

    assert [link for link in links if not _leads_somewhere(page, link)] == []


@pytest.mark.parametrize("page", PAGES)
def test_named_files_and_modules_exist(page: Path) -> None:
    written = {block.file for block in blocks(page)}
    names = {name for code in _CODE.findall(prose(page)) for name in code.split()}

    files = {name for name in names if _SOURCE.fullmatch(name)} - written
    modules = {name for name in names if _MODULE.fullmatch(name)}

    assert sorted(name for name in files if not _is_file(page, name)) == []
    assert sorted(name for name in modules if not _is_module(name)) == []


def _leads_somewhere(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    if not target.exists() or ROOT not in (target, *target.parents):
        return False
    return not anchor or anchor in _anchors(target)


def _anchors(page: Path) -> set[str]:
    """The anchors of a page, by GitHub's rule: lower case, no punctuation, hyphens for spaces."""
    plain = (re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower() for heading in _HEADING.findall(prose(page)))
    return {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in plain}


def _is_file(page: Path, name: str) -> bool:
    return any((folder / name).exists() for folder in (ROOT, BACKEND, BACKEND / "app", page.parent))


def _is_module(name: str) -> bool:
    """True for a module, a package, or a name inside a module, such as ``app.engine.orchestrator.celery_app``."""
    place = BACKEND.joinpath(*name.split("."))
    return place.is_dir() or any(module.with_suffix(".py").exists() for module in (place, place.parent))
