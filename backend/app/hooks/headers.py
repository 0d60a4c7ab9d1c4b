"""The headers of a delivery."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from app.errors import DeliveryRefused


@dataclass(frozen=True)
class Headers:
    """Headers by their names in lower case; values are Latin-1, one character for each byte that was sent."""

    values: Mapping[str, str] = field(default_factory=dict)
    #: Names of headers that came more than once; their values are joined by commas.
    repeated: frozenset[str] = frozenset()

    def get(self, name: str) -> str | None:
        """The value of a header that may be missing or empty. Raises DeliveryRefused if it came more than once."""
        key = name.lower()
        if key in self.repeated:
            raise DeliveryRefused(f"The delivery has the header {name} more than once; send it once.")
        return self.values.get(key) or None

    def require(self, name: str) -> str:
        """The value of a header. Raises DeliveryRefused if it is missing, empty, or came more than once."""
        value = self.get(name)
        if value is None:
            raise DeliveryRefused(
                f"The delivery has no header {name}; set the secret of this hook at the sender, and check its scheme."
            )
        return value


def read_headers(raw: Iterable[tuple[bytes, bytes]]) -> Headers:
    """The headers of a request, whose names the server has made lower case."""
    values: dict[str, str] = {}
    repeated: set[str] = set()
    for name_bytes, value_bytes in raw:
        name, value = name_bytes.decode("latin-1"), value_bytes.decode("latin-1").strip(" \t")
        if name in values:
            repeated.add(name)
            value = f"{values[name]}, {value}"
        values[name] = value
    return Headers(values, frozenset(repeated))
