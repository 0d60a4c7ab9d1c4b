"""``trigraph keys create``: make an API key in the database of the settings, such as the first one."""

from __future__ import annotations

import argparse
import getpass
import sys
from typing import Any

from app.access.caller import LOCAL
from app.access.keys import digest_of, make_key, shown_start
from app.access.scopes import Scope
from app.settings import load_settings
from app.storage.access.audit import record_deed
from app.storage.access.keys import NewKey, create_key
from app.storage.engine import make_engine
from app.storage.migrate import migrate
from app.storage.orm import cursor_of, make_sessions


def add_parser(commands: Any) -> None:
    parser = commands.add_parser("keys", help="make API keys")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    create = actions.add_parser("create", help="make a key in the database of the settings, and print it once")
    create.add_argument("--name", default=getpass.getuser(), help="the name of the key; yours by default")
    create.add_argument("--admin", action="store_true", help="the key may do everything")
    create.add_argument(
        "--scope", action="append", default=[], choices=[scope.value for scope in Scope], help="may be given repeatedly"
    )
    create.set_defaults(run=run_create)


def run_create(given: argparse.Namespace) -> int:
    """Store a key and print it; 2 without a scope."""
    scopes = [Scope.ADMIN.value] if given.admin else sorted(set(given.scope))
    if not scopes:
        print("A key needs a scope: give --admin, or --scope events:write and the like.", file=sys.stderr)
        return 2
    settings = load_settings()
    migrate(settings.database)
    key = make_key()
    new = NewKey(given.name, shown_start(key), digest_of(key), scopes, created_by=LOCAL.name)
    engine = make_engine(settings, pool_size=1)
    try:
        with make_sessions(engine).begin() as session:
            stored = create_key(session, new)
            detail = {"name": new.name, "prefix": new.prefix, "scopes": scopes}
            record_deed(cursor_of(session), LOCAL, "create", "key", stored.id, detail)
    finally:
        engine.dispose()
    print(f"The key {new.name} ({stored.id}) with {', '.join(scopes)}; it is shown this once:", file=sys.stderr)
    print(key)
    return 0
