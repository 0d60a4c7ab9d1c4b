"""``make run`` opens the API to the network only if that is asked for."""

from __future__ import annotations

import pytest

from app.scripts.run import parse_options
from app.scripts.stack.processes import CannotStart


@pytest.mark.parametrize("host", ["", "127.0.0.1", "127.1.2.3", "::1", "[::1]", "localhost"])
def test_loopback_needs_no_permission(host: str) -> None:
    assert parse_options({"HOST": host}, []).expose is False


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "fd00::1", "myhost", "example.com"])
def test_other_address_needs_permission(host: str) -> None:
    with pytest.raises(CannotStart, match=r"without a login.*Set EXPOSE=yes to allow that, or HOST=127.0.0.1"):
        parse_options({"HOST": host}, [])

    assert parse_options({"HOST": host, "EXPOSE": "yes"}, []).expose is True


def test_permission_is_yes_or_no() -> None:
    with pytest.raises(CannotStart, match="EXPOSE='maybe': it must be yes or no"):
        parse_options({"EXPOSE": "maybe"}, [])
