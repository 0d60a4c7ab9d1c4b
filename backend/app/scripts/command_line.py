"""``trigraph``: the commands for people at a terminal."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from app.scripts import keys, secret_keys, watch


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="trigraph", description="Look at a running Trigraph, and keep its keys.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    watch.add_parser(commands)
    keys.add_parser(commands)
    secret_keys.add_parser(commands)
    given = parser.parse_args(arguments)
    try:
        status: int = given.run(given)
    except KeyboardInterrupt:
        return 130
    return status


if __name__ == "__main__":
    sys.exit(main())
