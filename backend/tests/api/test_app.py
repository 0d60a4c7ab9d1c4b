"""The app: ``/docs`` and ``/redoc`` work without internet."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest

from tests.api.client import Api

#: The page, and the kinds of files that it consists of.
PAGES = {"/docs": ["css", "js", "png"], "/redoc": ["js", "png"]}


@pytest.mark.parametrize("path", PAGES)
def test_page_names_no_foreign_host(api: Api, path: str) -> None:
    page = api.get(path)

    assert page.status_code == 200
    assert re.findall(r"""["'\s=(](?:https?:)?//[^"'\s)]+""", page.text) == []


@pytest.mark.parametrize("path", PAGES)
def test_files_of_page_are_served(api: Api, path: str) -> None:
    files = re.findall(r"""(?:link[^>]* href|script[^>]* src)=["']([^"']+)["']""", api.get(path).text)
    answers = {file: api.get(file) for file in files}

    assert sorted(urlsplit(file).path.rpartition(".")[2] for file in files) == PAGES[path]
    assert {file: answer.status_code for file, answer in answers.items()} == dict.fromkeys(files, 200)
    assert all(len(answer.content) > 500 for answer in answers.values())


@pytest.mark.parametrize("path", PAGES)
def test_page_reads_our_openapi_document(api: Api, path: str) -> None:
    (document,) = re.findall(r"""["'](/[^"']*openapi[^"']*)["']""", api.get(path).text)

    assert api.get(document).json()["info"]["title"] == "Trigraph"
