"""The errors that Trigraph raises, as one tree."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any


class TrigraphError(Exception):
    """The root of the tree; a message is a full sentence that names the thing."""


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a definition: where it is, and what to do about it."""

    #: A stable word for programs, such as ``CYCLE_DETECTED``.
    code: str
    #: A full sentence for people.
    message: str
    node_id: str | None = None
    edge_id: str | None = None
    #: A JSON Pointer (RFC 6901) into the document, such as ``/nodes/2/data/cases/0/condition``.
    pointer: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The problem as the API shows it, without members that are None."""
        return {key: value for key, value in asdict(self).items() if value is not None}


class InvalidDefinition(TrigraphError):
    """A definition that cannot be saved; ``problems`` lists everything that is wrong with it."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(" ".join(problem.message for problem in problems))
        self.problems = problems


class Unreadable(InvalidDefinition):
    """A version of a workflow that was saved once and that this build cannot compile."""


class InvalidDag(InvalidDefinition):
    """A DAG that cannot be submitted."""


class InvalidRule(TrigraphError):
    """A JSONLogic rule that cannot be compiled; ``pointer`` leads to the place inside the rule."""

    def __init__(self, message: str, *, pointer: str = "", code: str = "INVALID_RULE") -> None:
        super().__init__(message)
        self.pointer = pointer
        self.code = code


class RuleFailed(TrigraphError):
    """A rule whose evaluation exceeded its budget, or whose operator raised."""


class InvalidTemplate(TrigraphError):
    """A ``{{ … }}`` that cannot be parsed; ``pointer`` leads to the text that contains it."""

    def __init__(self, message: str, *, pointer: str = "", code: str = "INVALID_TEMPLATE") -> None:
        super().__init__(message)
        self.pointer = pointer
        self.code = code


class InvalidInput(TrigraphError):
    """A body or a parameter with a wrong value."""


class InvalidParameters(InvalidInput):
    """Parameters that a workflow cannot be started with; ``problems`` has one entry for each."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(" ".join(problem.message for problem in problems))
        self.problems = problems


class TooLarge(InvalidInput):
    """Something past a size limit."""


class UnsupportedMedia(TrigraphError):
    """A body in an encoding or a format that is not read; ``headers`` name those that are."""

    def __init__(self, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.headers = headers or {}


class TooSlow(TrigraphError):
    """A body that did not arrive in time."""


class NotFound(TrigraphError):
    """A thing that does not exist."""

    @classmethod
    def of(cls, kind: str, id: str) -> NotFound:
        """``NotFound.of("Execution", id)``: one wording for all."""
        return cls(f"{kind} {id[:100]} does not exist.")


class Unauthenticated(TrigraphError):
    """A request without valid credentials."""

    def __init__(self, message: str, *, has_credentials: bool = False) -> None:
        super().__init__(message)
        #: True where credentials came and are not valid.
        self.has_credentials = has_credentials


class MissingScope(TrigraphError):
    """A request of a caller that lacks the scope of the route."""

    def __init__(self, message: str, scopes: Iterable[str]) -> None:
        super().__init__(message)
        #: The scopes of which one is needed.
        self.scopes = tuple(scopes)


class Unavailable(TrigraphError):
    """A service that Trigraph needs for this request does not answer."""


class TooManyRequests(TrigraphError):
    """A request past the limits of its sender."""

    def __init__(self, message: str, seconds: int) -> None:
        super().__init__(message)
        #: After which another one may succeed.
        self.seconds = seconds


class Forbidden(TrigraphError):
    """A command that this person, or this web page, may not give."""


class DeliveryRefused(TrigraphError):
    """A webhook whose sender did not prove that it is genuine, or that is not recent."""


class HookUnusable(TrigraphError):
    """A webhook that came to a hook which is switched off, or whose secrets cannot be read."""


class Conflict(TrigraphError):
    """A command that is not possible in the current state of the thing."""


class Stale(TrigraphError):
    """An ``If-Match`` that names a version that is not the current one."""


class StepFailed(TrigraphError):
    """Raised by a handler to fail its step; ``kind`` is the error's type in the record."""

    def __init__(self, message: str, *, kind: str = "StepFailed", retry: bool = True) -> None:
        super().__init__(message)
        self.kind = kind
        #: False where trying again cannot help, as with wrong data.
        self.retry = retry
