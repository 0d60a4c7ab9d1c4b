"""``app.main``: its import has no effect outside of it."""

from __future__ import annotations

import subprocess
import sys

from app.settings import BACKEND


def test_import_leaves_logging_as_it_is() -> None:
    code = "import logging, app.main; print(logging.getLogger().handlers, logging.getLogger('app').level)"

    printed = subprocess.check_output([sys.executable, "-c", code], cwd=BACKEND, text=True)

    assert printed == "[] 0\n"
