"""``make studio`` builds where it can, and says why where it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.scripts import studio


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        *(("v20.19.0", True), ("v20.20.2", True), ("v22.12.0", True), ("v24.1.0", True)),
        *(("v18.20.1", False), ("v20.18.3", False), ("v21.7.0", False), ("v22.11.0", False), ("", False)),
    ],
)
def test_versions_of_node(version: str, expected: bool) -> None:
    assert studio.is_supported(version) is expected


def test_missing_node_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(studio.CannotInstall, match=r"install Node 20.19 or later with npm, and run make studio"):
        studio.build(tmp_path)


def test_build_that_is_up_to_date_needs_no_node(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "main.tsx").write_text("1")
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / ".digest").write_text(studio.digest_of(studio.source_files(tmp_path)))

    assert studio.build(tmp_path) is False

    (tmp_path / "src" / "main.tsx").write_text("2")
    with pytest.raises(studio.CannotInstall):
        studio.build(tmp_path)
