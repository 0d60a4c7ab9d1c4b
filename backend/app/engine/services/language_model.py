"""The deployment's language model: where it answers, and as whom."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class LanguageModel:
    """An endpoint for chat completions, as OpenAI and many others have it."""

    #: The address that ``/chat/completions`` is below; empty: there is none, and answers are simulated.
    url: str = ""
    key: str | None = field(default=None, repr=False)
    #: The model that is asked where a node names none.
    name: str = ""

    @property
    def secret(self) -> str:
        """The key, without the end of line that it may have been read with; empty where there is none."""
        return (self.key or "").strip()
