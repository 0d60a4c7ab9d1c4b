"""The folder of public test data beside the checkout; tests that need it are skipped without it."""

from __future__ import annotations

from pathlib import Path

PUBLIC_DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
