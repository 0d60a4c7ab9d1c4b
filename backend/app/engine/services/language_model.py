"""The language model of the deployment: its address and its key."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class LanguageModel:
    """An OpenAI-compatible endpoint for chat completions."""

    #: The URL without ``/chat/completions``; empty: there is no model, and answers are simulated.
    url: str = ""
    key: str | None = field(default=None, repr=False)
    #: The model for nodes that name none.
    name: str = ""

    @property
    def secret(self) -> str:
        """The key without spaces and line ends around it; empty if there is none."""
        return (self.key or "").strip()
