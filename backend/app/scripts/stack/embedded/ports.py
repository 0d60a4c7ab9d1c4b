"""Free TCP ports."""

from __future__ import annotations

import random
import socket

#: Below the ports of outgoing connections, so that none of these takes the port of a server that restarts.
RANGE = range(20_000, 32_000)


def is_taken(host: str, port: int) -> bool:
    """True if a server cannot listen at this address."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return True
    return False


def free_port() -> int:
    """A port of this machine that is free now; another process may take it before the caller does."""
    return next(port for port in random.sample(RANGE, len(RANGE)) if not is_taken("127.0.0.1", port))
