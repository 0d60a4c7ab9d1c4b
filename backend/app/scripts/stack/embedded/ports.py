"""TCP ports that nobody listens on."""

from __future__ import annotations

import random
import socket

#: Below the range from which systems take the ports of outgoing connections, so that a server finds its port again.
RANGE = range(20_000, 32_000)


def is_taken(host: str, port: int) -> bool:
    """True if a server could not listen there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return True
    return False


def free_port() -> int:
    """A port of this machine that is free now; somebody else may be quicker to take it."""
    return next(port for port in random.sample(RANGE, len(RANGE)) if not is_taken("127.0.0.1", port))
