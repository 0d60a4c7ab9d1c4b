"""``trigraph secrets rotate``: encrypt everything that is stored under the newest key of ``SECRETS_KEY``."""

from __future__ import annotations

import argparse
import sys
from typing import Any

import psycopg2

from app.errors import TrigraphError
from app.secrets.box import SecretBox, make_box
from app.secrets.rotation import rotate
from app.settings import load_settings
from app.storage.database import ConnectionPool
from app.storage.pool import make_pool


def add_parser(commands: Any) -> None:
    parser = commands.add_parser("secrets", help="keys of stored secrets")
    below = parser.add_subparsers(required=True, metavar="COMMAND")
    rotating = below.add_parser("rotate", help="encrypt everything again that is not under the newest key")
    rotating.set_defaults(run=run_rotation)


def run_rotation(_: argparse.Namespace) -> int:
    """Rotate, with the settings of the environment; 0 if every value is under the newest key then, else 1."""
    settings = load_settings()
    pool = make_pool(settings, size=1)
    try:
        faults = rotate_all(pool, make_box(settings))
    except TrigraphError as error:
        faults = [str(error)]
    except psycopg2.Error as error:
        faults = [f"Postgres cannot be asked: {str(error).partition(chr(10))[0]}"]
    finally:
        pool.dispose()
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


def rotate_all(pool: ConnectionPool, box: SecretBox) -> list[str]:
    """Rotate until nothing is left that an older key opens; the sentences about what no key opens."""
    rotated = 0
    while True:
        batches = list(rotate(pool, box))
        found = sum(batch.rotated for batch in batches)
        rotated += found
        # A process that does not have the newest key yet may have stored a value meanwhile.
        if not found:
            print(f"{rotated} values were encrypted again under the key {box.newest.id.hex()}.")
            return [fault for batch in batches for fault in batch.faults]
