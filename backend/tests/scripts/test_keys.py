"""``trigraph keys create`` stores a key and prints it once."""

from __future__ import annotations

import pytest

from app.access.keys import digest_of
from app.scripts.command_line import main
from tests.servers import Databases, fetch


def test_key_is_stored_and_printed_once(
    databases: Databases, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with databases.lend() as url:
        monkeypatch.setenv("DATABASE_URL", url)

        assert main(["keys", "create", "--admin", "--name", "ann"]) == 0

        printed = capsys.readouterr()
        key = printed.out.strip()
        rows = fetch(url, "SELECT name, scopes::text, digest FROM api_keys")
        audited = fetch(
            url, "SELECT actor, action, thing, detail::text FROM audit WHERE thing = 'key' ORDER BY id DESC"
        )
    assert key.startswith("tg_")
    assert len(key) == 46
    assert [(name, scopes, bytes(digest)) for name, scopes, digest in rows] == [("ann", '["admin"]', digest_of(key))]
    assert audited[0][:3] == ("local", "create", "key")
    assert key not in printed.err + audited[0][3]


def test_key_without_a_scope_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["keys", "create", "--name", "ann"]) == 2

    assert capsys.readouterr().err == "A key needs a scope: give --admin, or --scope events:write and the like.\n"
