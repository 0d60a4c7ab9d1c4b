"""
Trace the evaluation of a rule: the value of each of its clauses.

The rule is compiled as always, with each piece wrapped by one that records its value; so the value of a traced rule is
that of the rule. Clauses that were skipped are evaluated afterwards, on a budget of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from app.errors import RuleFailed
from app.logic.clauses import Clause, Item
from app.logic.closures import Code
from app.logic.coercion import truthy
from app.logic.evaluation import UNDEFINED, Evaluation, check_size
from app.logic.jsonlogic import RuleCompiler
from app.logic.loops import LOOPS
from app.logic.pointer import child
from app.logic.rule import Rule
from app.logic.variables import parse_path, resolve_path

#: Levels and clauses of a tree, and elements of a list of which each loop shows the body.
MAX_LEVELS = 40
MAX_CLAUSES = 2_000
MAX_ITEMS = 20
#: Loops that stop at the element that decides.
_STOPPING = frozenset({"all", "some", "none"})
#: Operations for all skipped clauses together.
_SKIPPED_WORK = 200_000


@dataclass(eq=False)
class Piece:
    """A piece of a rule before it is evaluated."""

    pointer: str
    source: Any
    op: str = "literal"
    custom: bool = False
    #: The value of a literal.
    value: Any = None
    run: Callable[[Any, Evaluation], Any] = lambda data, work: UNDEFINED
    parts: list[Piece] = field(default_factory=list)


class Frame(dict[Piece, Any]):
    """The values of the pieces in one scope, and the visits of each loop in it, by its body."""

    __slots__ = ("visits",)

    def __init__(self) -> None:
        super().__init__()
        self.visits: dict[Piece, _Visits] = {}


@dataclass
class _Visits:
    """The elements that a loop has visited: the first, the last, and how many of all were true."""

    first: list[tuple[Any, Frame]] = field(default_factory=list)
    last: tuple[Any, Frame] | None = None
    count: int = 0
    #: True answers beyond the first.
    more_true: int = 0


class _Tracing(Evaluation):
    """An evaluation that records; without a frame it does not."""

    __slots__ = ("frame",)

    def __init__(self, extra: Mapping[str, Any] | None, frame: Frame | None) -> None:
        super().__init__(extra)
        self.frame = frame


class _TracingCompiler(RuleCompiler):
    """Compiles a rule into pieces that record their values."""

    def __init__(self, *, objects: bool) -> None:
        super().__init__(objects=objects)
        self.root = Piece("", None)
        self.stack = [self.root]
        self.bodies: set[str] = set()

    def code(self, source: Any, pointer: str) -> Code:
        piece = Piece(pointer, source)
        if isinstance(source, (list, tuple)):
            piece.op = "list"
        elif isinstance(source, dict):
            piece.op = "object"
        self.stack[-1].parts.append(piece)
        self.stack.append(piece)
        code = super().code(source, pointer)
        self.stack.pop()
        piece.value = code.value
        if code.constant:
            piece.op, piece.parts = "literal", []
        record = _record_visits if pointer in self.bodies else _record
        piece.run = record(piece, code.run)
        return Code(piece.run, code.boolean, code.constant, code.value, code.op, code.parts)

    def operation(self, name: str, source: Any, pointer: str) -> Code:
        piece = self.stack[-1]
        piece.op = name
        if name in LOOPS:
            self.bodies.add(f"{child(pointer, name)}/1")
        code = super().operation(name, source, pointer)
        piece.custom = name in self.custom
        return code


def _record(piece: Piece, inner: Callable[[Any, Evaluation], Any]) -> Callable[[Any, Evaluation], Any]:
    def run(data: Any, work: Evaluation) -> Any:
        value = inner(data, work)
        if isinstance(work, _Tracing) and work.frame is not None:
            work.frame[piece] = value
        return value

    return run


def _record_visits(piece: Piece, inner: Callable[[Any, Evaluation], Any]) -> Callable[[Any, Evaluation], Any]:
    """The body of a loop: each visit has a frame of its own, of which the first and the last are kept."""

    def run(data: Any, work: Evaluation) -> Any:
        if not isinstance(work, _Tracing) or work.frame is None:
            return inner(data, work)
        outer = work.frame
        visits = outer.visits.setdefault(piece, _Visits())
        visits.count += 1
        frame = Frame()
        if visits.count <= MAX_ITEMS:
            visits.first.append((data, frame))
        else:
            visits.last = (data, frame)
        work.frame = frame
        try:
            value = inner(data, work)
            frame[piece] = value
        finally:
            work.frame = outer
        if visits.count > MAX_ITEMS and truthy(value):
            visits.more_true += 1
        return value

    return run


@dataclass(frozen=True)
class Trace:
    """The evaluation of one rule for one event, clause by clause."""

    root: Clause
    #: The rule; to evaluate it otherwise records nothing.
    rule: Rule
    #: The message if the evaluation was stopped.
    error: str | None
    #: True if clauses are left out.
    truncated: bool


def trace(
    rule: Any,
    data: Any,
    *,
    extra: Mapping[str, Any] | None = None,
    builds: bool = False,
    max_clauses: int = MAX_CLAUSES,
) -> Trace:
    """
    Evaluate a rule, and keep the value of each clause.

    ``builds``: it may build objects with several keys, as the value of a transform. A tree has about ``max_clauses``
    clauses at most. Raises InvalidRule, as compiling the rule does.
    """
    compiler = _TracingCompiler(objects=builds)
    compiled = compiler.rule(rule)
    frame = Frame()
    work = _Tracing(extra, frame)
    error = None
    try:
        value = compiled.code.run(data, work)
        if compiled.builds:
            check_size(value)
    except RuleFailed as failure:
        error = str(failure)
    builder = _TreeBuilder(work, max_clauses)
    root = builder.clause(compiler.root.parts[0], _Scope(data, (), frame, stopped=error))
    return Trace(root, compiled, error, builder.truncated)


@dataclass(frozen=True)
class _Scope:
    """What a clause is evaluated with, and how it was come to."""

    data: Any
    #: The path of the data in the event; None if it is computed.
    base: tuple[str, ...] | None
    frame: Frame
    level: int = 1
    #: True if the evaluation skipped what is around the clause.
    skipped: bool = False
    #: The message, if the evaluation was stopped in this clause.
    stopped: str | None = None


class _TreeBuilder:
    """Makes the tree of one trace, and evaluates what was skipped."""

    def __init__(self, work: _Tracing, max_clauses: int) -> None:
        self.work = work
        self.max_clauses = max_clauses
        self.clauses = 0
        self.truncated = False
        #: What all skipped clauses may still cost.
        self.left = _SKIPPED_WORK

    def clause(self, piece: Piece, scope: _Scope) -> Clause:
        """The clause of a piece in a scope."""
        self.clauses += 1
        if piece.op == "literal":
            return Clause(piece.pointer, "literal", piece.source, _as_null(piece.value), not scope.skipped)
        frame = scope.frame
        evaluated = not scope.skipped and piece in frame
        error = scope.stopped
        if piece not in frame and error is None:
            error = self.evaluate(piece, scope.data, frame)
        is_truncated = bool(piece.parts) and (scope.level >= MAX_LEVELS or self.clauses >= self.max_clauses)
        inside: dict[str, Any] = {}
        if is_truncated:
            self.truncated = True
        elif piece.parts:
            inner = _Scope(scope.data, scope.base, frame, scope.level + 1, not evaluated and error is None)
            inside = self.inside(piece, inner)
        return Clause(
            piece.pointer,
            piece.op,
            piece.source,
            _as_null(frame.get(piece)),
            evaluated,
            error=error if piece not in frame else None,
            data=scope.data,
            base=scope.base,
            custom=piece.custom,
            truncated=is_truncated,
            **inside,
        )

    def inside(self, piece: Piece, inner: _Scope) -> dict[str, Any]:
        """The arguments of a clause, the elements of its loop, and the path that it reads."""
        is_loop = piece.op in LOOPS
        # The body of a loop has scopes of its own.
        parts = [*piece.parts[:1], *piece.parts[2:3]] if is_loop else piece.parts
        args = tuple(self.clause(part, inner) for part in parts)
        if is_loop and len(piece.parts) > 1:
            items = self.items(piece, args[0], inner)
            visits = inner.frame.visits.get(piece.parts[1])
            elements = args[0].value
            return {
                "args": args,
                "items": items,
                "count": len(elements) if isinstance(elements, (list, tuple)) else 0,
                "more_true": visits.more_true if visits else 0,
            }
        if piece.op != "var":
            return {"args": args}
        path, found = _path_of(args, inner, self.work)
        return {"args": args, "path": path, "found": found}

    def items(self, piece: Piece, elements: Clause, inner: _Scope) -> tuple[Item, ...]:
        """The first elements with the body of each, and the one at which the loop stopped."""
        body, outer = piece.parts[1], inner.frame
        visits = outer.visits.get(body)
        visited = visits.count if visits else 0
        if piece.op in _STOPPING and isinstance(elements.value, (list, tuple)):
            for element in elements.value[visited:MAX_ITEMS]:
                self.evaluate(body, element, outer)
            visits = outer.visits.get(body)
        if visits is None:
            return ()
        kept = [*enumerate(visits.first)]
        if visits.last is not None and piece.op in _STOPPING:
            kept.append((visited - 1, visits.last))
        found = []
        for index, (data, frame) in kept:
            if self.clauses >= self.max_clauses:
                self.truncated = True
                break
            base = None if elements.path is None or piece.op == "reduce" else (*elements.path, str(index))
            skipped = inner.skipped or index >= visited
            clause = self.clause(body, replace(inner, data=data, base=base, frame=frame, skipped=skipped))
            found.append(Item(index, data, clause))
        return tuple(found)

    def evaluate(self, piece: Piece, data: Any, frame: Frame) -> str | None:
        """Evaluate what was skipped; the message if that is stopped."""
        work = self.work
        work.left, work.frame = self.left, frame
        try:
            piece.run(data, work)
        except RuleFailed as failure:
            return str(failure)
        finally:
            self.left, work.frame = max(work.left, 0), None
        return None


def _as_null(value: Any) -> Any:
    return None if value is UNDEFINED else value


def _path_of(args: Sequence[Clause], scope: _Scope, work: Evaluation) -> tuple[tuple[str, ...] | None, bool]:
    """The path that a ``var`` reads, from the root of the event, and whether it is there."""
    try:
        inside = parse_path(args[0].value if args else None, work)
        found = resolve_path(scope.data, inside, work) is not UNDEFINED
    except RuleFailed:
        return None, False
    if inside[:1] and inside[0].startswith("$"):
        return inside, found
    return (None if scope.base is None else (*scope.base, *inside)), found
