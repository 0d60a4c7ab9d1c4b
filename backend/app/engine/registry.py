"""The contract of a node type, and the registry of handlers by type."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, auto
from types import ModuleType
from typing import Any, Literal, Protocol

from pydantic import BaseModel

from app.engine.services.approval_links import ApprovalLinks
from app.engine.services.http.authorization import Authorization
from app.engine.services.language_model import LanguageModel
from app.errors import StepFailed
from app.graph.model import ERROR, Traits
from app.graph.parameters import Parameter
from app.storage.walk.records import Record

#: A JSONLogic rule in a node's data: a JSON Pointer into the data, the rule, and whether it builds a value.
RuleAt = tuple[str, Any, bool]


@dataclass(frozen=True)
class HandlerResult:
    """The result of a handler: its output, and where to go or what to wait for."""

    #: The step's output: any JSON value.
    result: Any = None
    #: The node to continue with; overrides edges.
    selected_next: str | None = None
    #: True: the step waits, for ``resume_in``, ``resume_at``, or a ``__RESUME_AFTER__`` message.
    halted: bool = False
    #: The handles that the node chose, best first; the first that an edge leaves from is followed.
    handles: tuple[str, ...] = ()
    #: Seconds, or the moment, after which a halted step completes with ``result`` as its output.
    resume_in: float | None = None
    resume_at: datetime | None = None
    #: ``timeout``: the step waits for a signal; without one by then it takes its handle ``timeout``, or fails.
    when_due: Literal["complete", "timeout"] = "complete"


@dataclass(frozen=True)
class RunTarget:
    """What a child execution runs: a version of a workflow, or the inline graph of one of its nodes."""

    workflow_id: str
    version: int
    #: The nodes, outermost first, whose graph in place it is.
    inside: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()


def _to_nobody(type: Any, payload: Any) -> Any:
    raise StepFailed("A pure handler cannot post events.", kind="PureHandler", retry=False)


def _nowhere(reference: str) -> RunTarget:
    raise LookupError(reference)


def _unauthorized(credential: str) -> Authorization:
    raise StepFailed(f"The credential {credential} does not exist.", kind="CredentialUnavailable")


@dataclass  # Not frozen: that takes three times as long to make, and each step has one.
class Services:
    """What a handler is given besides its data: this step's identity, and the services of the deployment."""

    #: The same for each attempt of this visit: send it to services that must recognise a repeat.
    idempotency_key: str = ""
    attempt: int = 1
    visit: int = 1
    #: What came along the edges into the node.
    input: Any = None
    #: The same by source node, also if there is only one; empty for an entry.
    inputs: Mapping[str, Any] = field(default_factory=dict)
    #: Outputs by node, of those that the node's data refers to.
    outputs: Mapping[str, Any] = field(default_factory=dict)
    #: The event that started the execution: id, type, source, time, received_at.
    event: Mapping[str, Any] = field(default_factory=dict)
    #: Channels by role for notifications.
    channels: Mapping[str, list[str]] = field(default_factory=dict)
    allow_private_addresses: bool = False
    #: Host and port of services that may be called although their addresses are private.
    own_services: frozenset[tuple[str, int]] = frozenset()
    #: Host and port of this deployment's API, Postgres and Redis, which handlers may not call.
    closed_places: frozenset[tuple[str, int]] = frozenset()
    language_model: LanguageModel = field(default_factory=LanguageModel)
    #: Makes the links by which approvers decide; None: APPROVAL_SECRET is not set.
    approval_links: ApprovalLinks | None = None
    #: True if missing services are simulated, as in development.
    simulates: bool = False
    #: Evaluates a rule of the node's data: ``evaluate(rule, payload)``.
    evaluate: Callable[[Any, Any], Any] = lambda rule, payload: None
    #: True if a rule's value is truthy in JSONLogic's sense: ``holds(rule, payload)``.
    holds: Callable[[Any, Any], bool] = lambda rule, payload: False
    #: What this execution runs, and its depth: how many executions and events led to it.
    runs: RunTarget = RunTarget("", 0)
    depth: int = 0
    #: Finds the newest version of a workflow by id or name; only for ``pure`` handlers. Raises StepFailed.
    find_workflow: Callable[[str], RunTarget] = _nowhere
    #: Posts an event, ``emit(type, payload)``, and returns the response of ``POST /events``. A step can post one; run
    #: again, it posts none and gets the first response. Not for ``pure`` handlers. Raises StepFailed.
    emit: Callable[[Any, Any], Any] = _to_nobody
    #: Renders one of the ``later`` keys of the data for another payload: ``fill(key, payload)``.
    fill: Callable[[str, Any], Any] = lambda key, payload: None
    #: Removes the secrets that the node's data refers to from a text; needed only before a text is cut.
    redact: Callable[[str], str] = lambda text: text
    #: Authorizes requests by a credential, ``authorize(name)``. Raises StepFailed.
    authorize: Callable[[str], Authorization] = _unauthorized
    #: Rows of other tables that are stored with the step's result, in its transaction.
    records: list[Record] = field(default_factory=list)

    def record_notification(self, *, notified: Any, message: Any) -> None:
        """List this under ``/notifications`` once the step's result is recorded."""
        self.records.append(Record("notification", {"notified": notified, "message": message}))


class NodeHandler(Protocol):
    """
    The code of one node type.

    Optional attributes, each with its meaning where absent: ``Data`` (a pydantic model of ``data``; none: anything
    goes), ``title`` (the type), ``pure`` (False: it may have outside effects, so it is claimed and recorded on
    its own), ``chooses`` (False), ``handles`` (none), ``rules(data)`` (JSONLogic inside the data; its text is not
    templated), ``verbatim`` (keys of data that are not templated), ``later`` (keys whose templates the handler fills
    itself), ``needs_input`` (True; where False, ``services.input`` is None and costs nothing), ``fields`` (names
    of members of the output, which are not searched for secrets), ``exempt_fields`` (those with values that are not
    searched either: ids, statuses, counts), ``refuses_null`` (keys of the data whose templates must give a value),
    ``outputs`` (every member that the output can have; none: not known),
    ``passed_on`` (keys of the data that are stored for other executions, in which a secret is a warning),
    ``advice(data)`` (warnings at save: a key, a code, a message), ``is_pure_for(data)`` (False for data with which a
    ``pure`` type has effects). A ``pure`` handler runs inside a transaction: it only computes.

    For editors: ``category`` (``Other``), ``icon`` (a name of Lucide; ``box``), ``summary`` (what a box shows of the
    data: texts such as ``{method} {url}``, of which the first counts whose keys are all given; ``{#cases}`` is the
    length of a list).

    ``execute`` may be ``async def``: then it runs on the event loop of its process, beside many others, and must not
    block it. ``computes`` (False: it mostly waits) is for a plain handler that keeps a processor busy: a process runs
    one at a time. A handler that is async, or computes, is never ``pure``.
    """

    type: str

    def execute(
        self, *, node_id: str, data: dict[str, Any], exec_id: str, payload: Any, services: Services
    ) -> HandlerResult | Awaitable[HandlerResult]: ...


class Registry:
    """Handlers by node type."""

    def __init__(self) -> None:
        self._handlers: dict[str, NodeHandler] = {}

    def register(self, handler: NodeHandler) -> None:
        """Add a node type, or replace the handler of one. Raises TypeError if it is async and ``computes``."""
        if computes(handler) and is_async(handler):
            message = (
                f"The handler of {handler.type} sets computes, and its execute is async def; what computes blocks the"
                " event loop, so make execute a plain def."
            )
            raise TypeError(message)
        self._handlers[handler.type] = handler

    def get(self, type: str) -> NodeHandler | None:
        return self._handlers.get(type)

    def __iter__(self) -> Iterator[NodeHandler]:
        return iter(self._handlers.values())

    @property
    def traits(self) -> Mapping[str, Traits]:
        """The traits of each type that the graph needs."""
        return {handler.type: traits_of(handler) for handler in self}

    def describe(self) -> list[dict[str, Any]]:
        """Return what an editor needs of each node type: its look, its handles, and the JSON Schema of ``data``."""
        return [_describe_handler(handler) for handler in sorted(self, key=lambda handler: handler.type)]


def _describe_handler(handler: NodeHandler) -> dict[str, Any]:
    return {
        "type": handler.type,
        "title": getattr(handler, "title", handler.type),
        "category": getattr(handler, "category", "Other"),
        "icon": getattr(handler, "icon", "box"),
        "summary": list(getattr(handler, "summary", ())),
        "handles": [*getattr(handler, "handles", ()), ERROR],
        "chooses": getattr(handler, "chooses", False),
        "has_effects": not getattr(handler, "pure", False),
        "outputs": list(handler.outputs) if hasattr(handler, "outputs") else None,
        "schema": _schema(handler),
    }


def traits_of(handler: NodeHandler) -> Traits:
    return Traits(chooses=getattr(handler, "chooses", False), handles=tuple(getattr(handler, "handles", ())))


def is_pure(handler: NodeHandler, data: Mapping[str, Any]) -> bool:
    """True if running the handler with this data again, or never recording that it ran, changes nothing outside."""
    is_pure_for = getattr(handler, "is_pure_for", None)
    is_declared = bool(getattr(handler, "pure", False)) and way_of(handler) is Way.THREAD
    return is_declared and (is_pure_for is None or bool(is_pure_for(data)))


class Way(IntEnum):
    """Where a process runs a handler that has effects."""

    #: On its event loop: ``async def``.
    LOOP = auto()
    #: On a thread: a plain ``def``.
    THREAD = auto()
    #: On a thread, one at a time in each process: a plain ``def`` that ``computes``.
    COMPUTE = auto()


def way_of(handler: NodeHandler) -> Way:
    if is_async(handler):
        return Way.LOOP
    return Way.COMPUTE if computes(handler) else Way.THREAD


def is_async(handler: NodeHandler) -> bool:
    """True if ``execute`` is ``async def``: it runs on the event loop of its process."""
    return inspect.iscoroutinefunction(handler.execute)


def computes(handler: NodeHandler) -> bool:
    """True if the handler keeps a processor busy, so that a process runs one at a time."""
    return bool(getattr(handler, "computes", False))


def _schema(handler: NodeHandler) -> dict[str, Any]:
    model: type[BaseModel] | None = getattr(handler, "Data", None)
    return model.model_json_schema() if model else {"type": "object"}


def discover(package: ModuleType) -> Registry:
    """Return a registry of the handlers that the modules of a package export as ``handler``."""
    registry = Registry()
    for found in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"{package.__name__}.{found.name}")
        if hasattr(module, "handler"):
            registry.register(module.handler)
    return registry
