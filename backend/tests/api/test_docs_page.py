"""``/docs``: it works without internet."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from tests.api.client import Api


def test_docs_page_names_no_foreign_host(api: Api) -> None:
    page = api.get("/docs")

    assert page.status_code == 200
    assert re.findall(r"""["'](?:https?:)?//[^"']*["']""", page.text) == []


def test_files_of_docs_page_are_served(api: Api) -> None:
    page = api.get("/docs").text

    files = re.findall(r"""(?:href|src)=["']([^"']+)["']""", page)
    answers = {file: api.get(file) for file in files}

    assert sorted(urlsplit(file).path.rpartition(".")[2] for file in files) == ["css", "js", "png"]
    assert {file: answer.status_code for file, answer in answers.items()} == dict.fromkeys(files, 200)
    assert all(len(answer.content) > 500 for answer in answers.values())


def test_docs_page_reads_our_openapi_document(api: Api) -> None:
    (path,) = re.findall(r"""url: ["']([^"']+)["']""", api.get("/docs").text)

    assert api.get(path).json()["info"]["title"] == "Trigraph"


def test_redoc_works_without_internet(api: Api) -> None:
    page = api.get("/redoc")

    assert page.status_code == 200
    assert re.findall(r"""["'](?:https?:)?//[^"']*["']""", page.text) == []
