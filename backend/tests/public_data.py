"""Where public test data lies, beside the checkout; tests that need it are skipped where it is missing."""

from __future__ import annotations

from pathlib import Path

PUBLIC_DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
