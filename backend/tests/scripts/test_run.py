"""``make run`` opens the API to the network only with authentication."""

from __future__ import annotations

import pytest

from app.scripts.run import parse_options
from app.scripts.stack.processes import CannotStart


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "[::1]", "localhost"])
def test_loopback_needs_no_authentication(host: str) -> None:
    assert parse_options({"HOST": host}, []).host == host


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "fd00::1", "myhost", "example.com"])
def test_other_address_needs_authentication(host: str) -> None:
    for given in ({}, {"AUTH": "off"}, {"AUTH": ""}, {"EXPOSE": "yes"}):
        with pytest.raises(CannotStart, match=r"opens the API to the network, and AUTH=off .* Set AUTH=keys"):
            parse_options({"HOST": host, **given}, [])

    assert parse_options({"HOST": host, "AUTH": "keys"}, []).host == host
