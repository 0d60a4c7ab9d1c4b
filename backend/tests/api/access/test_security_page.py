"""``docs/security.md`` lists the scopes of all routes, and its examples run."""

from __future__ import annotations

import re
from collections import defaultdict

from tests.api.access.conftest import ADMIN_KEY
from tests.api.access.test_every_route import operations
from tests.api.client import Api
from tests.docs.answers import is_like, values_in
from tests.docs.pages import ROOT, blocks
from tests.docs.terminal import terminal

PAGE = ROOT / "docs" / "security.md"
#: The order of the rows.
ORDER = ("none", "any caller", "events", "workflows", "executions", "approvals", "secrets", "admin")


def table_of(api: Api) -> str:
    """The table of scopes and the routes that need them."""
    rows: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for method, path, needed in operations(api):
        scopes = [" or ".join(f"`{scope.value}`" for scope in each.scopes) for each in needed if each.scopes]
        needs = "none" if any(each.is_open for each in needed) else " and ".join(scopes) or "any caller"
        rows[needs][re.sub(r":\w+\}", "}", path)].append(method)
    lines = [
        f"| {needs} | {list_routes(paths)} |"
        for needs, paths in sorted(rows.items(), key=lambda row: (place_of(row[0]), row[0]))
    ]
    return "\n".join(["| scope | routes |", "|---|---|", *lines])


def list_routes(paths: dict[str, list[str]]) -> str:
    return ", ".join(f"`{' '.join(sorted(methods))} {path}`" for path, methods in sorted(paths.items()))


def place_of(needs: str) -> int:
    """The place of a row among the others."""
    return next(place for place, word in enumerate(ORDER) if needs.strip("`").startswith(word))


def test_table_of_scopes_is_that_of_the_routes(anonymous: Api) -> None:
    expected = table_of(anonymous)

    assert expected in PAGE.read_text(), f"The table of scopes in docs/security.md has to be:\n{expected}"


def test_examples_of_the_page_run(anonymous: Api) -> None:
    page = list(blocks(PAGE))
    shown = [(block, page[place + 1]) for place, block in enumerate(page) if block.language == "console"]

    with terminal(ROOT, API_URL=anonymous.url, ADMIN_KEY=ADMIN_KEY) as opened:
        for block, answer in shown:
            commands = re.sub(r"^\$ ", "", block.text, flags=re.MULTILINE)
            printed = opened.run(commands)
            (wanted,), (found,) = values_in(answer.text), values_in(printed)
            assert is_like(wanted, found), printed

    assert len(shown) == 3
