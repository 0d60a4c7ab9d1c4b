"""Where notifications go: channels by role, from one line of configuration."""

from __future__ import annotations


def read_channels(text: str) -> dict[str, list[str]]:
    """``AE=slack://…,mailto://…;ops=json://…`` as ``{"AE": ["slack://…", "mailto://…"], "ops": ["json://…"]}``."""
    channels = {}
    for entry in text.split(";"):
        role, found, urls = entry.partition("=")
        if found and role.strip():
            channels[role.strip()] = [url.strip() for url in urls.split(",") if url.strip()]
    return channels
