"""``/studio``: the page and its files, whatever address of the page is asked for."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
import uvicorn
from fastapi import FastAPI

from app.api import errors, studio
from app.api.http.accept import prefers_page
from tests.api.client import Api

PAGE = "<!doctype html><title>Trigraph</title>"
SCRIPT = "export const found = true;" * 100


@contextmanager
def serving(built: Path) -> Iterator[str]:
    """The address of an API with nothing but the studio."""
    app = FastAPI(redirect_slashes=False)
    app.state.operations = frozenset()
    errors.install(app)
    studio.install(app, built)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        thread.join(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an API with a built studio."""
    folder = tmp_path_factory.mktemp("frontend")
    (folder / "secret.txt").write_text("secret")
    (folder / "dist" / "assets").mkdir(parents=True)
    (folder / "dist" / "index.html").write_text(PAGE)
    (folder / "dist" / "assets" / "index-a1.js").write_text(SCRIPT)
    with serving(folder / "dist") as url:
        yield url


@pytest.mark.parametrize("path", ["", "/", "/executions/01a1", "/why/b?live=0", "/assets/", "/..%2fsecret.txt"])
def test_every_address_of_page_has_page(built: str, path: str) -> None:
    answer = requests.get(f"{built}/studio{path}")

    assert (answer.status_code, answer.text) == (200, PAGE)
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "script-src 'self';" in answer.headers["Content-Security-Policy"]


def test_asset_is_compressed_and_kept(built: str) -> None:
    answer = requests.get(f"{built}/studio/assets/index-a1.js", headers={"Accept-Encoding": "gzip"})

    assert answer.text == SCRIPT
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_missing_asset_is_404(built: str) -> None:
    answer = requests.get(f"{built}/studio/assets/index-b2.js")

    assert answer.status_code == 404
    assert answer.json()["detail"].startswith("There is no path /studio/assets/index-b2.js;")


def test_page_takes_no_writes(built: str) -> None:
    answer = requests.post(f"{built}/studio/executions")

    assert answer.status_code == 405
    assert answer.json()["detail"] == "POST is not possible at /studio/executions; use GET."


@pytest.mark.parametrize("path", ["", "/executions/01a1"])
def test_page_says_that_it_is_not_built(tmp_path: Path, path: str) -> None:
    with serving(tmp_path) as url:
        answer = requests.get(f"{url}/studio{path}")

    assert answer.status_code == 200
    assert "run <code>make studio</code>, and start the API" in answer.text
    assert "script-src 'self';" in answer.headers["Content-Security-Policy"]


def test_browser_is_sent_to_studio(api: Api) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}

    page = api.get("/", headers=browser, allow_redirects=False)
    program = api.get("/")

    assert (page.status_code, page.headers["Location"]) == (303, "/studio")
    assert program.json()["studio"] == "/studio"
    assert "Accept" in page.headers["Vary"]


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        *(("text/html", True), ("text/*;q=0.5", True), ("text/html;q=0.9, application/json;q=0.8", True)),
        *(("", False), ("*/*", False), ("application/json", False), ("text/html, application/json", False)),
        *(("text/html;q=0", False), ("text/html;q=x", False), (";;,", False)),
    ],
)
def test_page_is_preferred_by_weight(accept: str, expected: bool) -> None:
    assert prefers_page(accept) is expected
