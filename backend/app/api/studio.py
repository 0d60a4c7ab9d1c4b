"""``/studio``: the web page, built by ``make studio``; without a build, a plain page that says how to get one."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route, request_response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

PATH = "/studio"
#: The folder that ``make studio`` writes: beside the backend, in a clone and in the container image.
BUILT = Path(__file__).resolve().parents[3] / "frontend" / "dist"
INDEX = "index.html"
#: Files below it have the hash of their content in their names.
ASSETS = "assets/"
FOREVER = "public, max-age=31536000, immutable"
#: The page runs its own scripts only, and no inline ones; styles are set inline by the components.
POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
SECURITY = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
NOT_BUILT = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Trigraph</title>
<style>
  :root { color-scheme: light dark; }
  body { font: 16px/1.6 system-ui, sans-serif; max-width: 34rem; margin: 15vh auto; padding: 0 1.5rem; }
  code { padding: .1em .4em; border-radius: .3em; background: color-mix(in srgb, currentColor 12%, transparent); }
</style>
<h1>The studio is not built</h1>
<p>The API runs. To get its web page, install Node 20.19 or later, run <code>make studio</code>, and start the API
again; or use the container image, which has the page.</p>
<p>Every route of the API is described at <a href="/docs">/docs</a>.</p>
</html>
"""


class StudioFiles(StaticFiles):
    """The files of the build; every other address is one of the page's own, so it gets the page."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        try:
            response = await super().get_response(path, scope)
        except HTTPException as error:
            if error.status_code != 404 or path.startswith(ASSETS):
                raise
            path, response = INDEX, await super().get_response(INDEX, scope)
        response.headers["Cache-Control"] = FOREVER if path.startswith(ASSETS) else "no-cache"
        response.headers.update(SECURITY)
        return response


class Entry:
    """The address of the page without a slash at its end, which a mount does not have."""

    def __init__(self, files: ASGIApp) -> None:
        self._files = files

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        root = scope.get("root_path", "")
        await self._files({**scope, "path": f"{root}{PATH}/", "root_path": f"{root}{PATH}"}, receive, send)


def install(app: FastAPI, built: Path = BUILT) -> None:
    """Serve the page from the folder of its build, or say that there is none."""
    files: ASGIApp = request_response(say_not_built)
    if (built / INDEX).is_file():
        files = GZipMiddleware(StudioFiles(directory=built, html=True), minimum_size=1000)
    app.router.routes += [Route(PATH, Entry(files)), Mount(PATH, files)]


async def say_not_built(request: Request) -> Response:
    return HTMLResponse(NOT_BUILT, headers={**SECURITY, "Cache-Control": "no-cache"})
