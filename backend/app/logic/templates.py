"""
Templates: ``{{ … }}`` in JSON data, parsed once, references known before anything runs.

A string that is one placeholder keeps the type of its value; inside other text objects and lists become JSON. What
is missing is null alone, and nothing inside text. Values are put in as they are: a placeholder in a value, or in a
key, is text, and so is ``{{`` without ``}}``. Data is shared, not copied, so nobody may change what ``render`` returns.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.errors import InvalidTemplate, TooLarge
from app.logic.evaluation import UNDEFINED, Evaluation, check_size
from app.logic.pointer import child
from app.logic.references import Reference, Source, parse_reference
from app.logic.text import as_text
from app.logic.variables import follow_path, in_output

#: How deep data with templates may be nested.
MAX_DEPTH = 100

#: Characters that one rendering may write.
MAX_CHARACTERS = 10_000_000

#: Placeholders whose values are put in without a look at their size.
_FEW = 50


def is_template(value: Any) -> bool:
    """True for a text, or a list with a text, that has a placeholder: its value is known only when it is filled."""
    parts = value if isinstance(value, list) else [value]
    return any(isinstance(part, str) and "{{" in part for part in parts)


def _no_secret(name: str) -> str | None:
    return None


@dataclass(frozen=True)
class Scope:
    """What the placeholders of a node can refer to."""

    payload: Any = None
    input: Any = None
    #: Outputs by node id, of those nodes at least that the template's references name.
    outputs: Mapping[str, Any] = field(default_factory=dict)
    #: The value of a secret by its name; ``None`` if there is none.
    secret: Callable[[str], str | None] = _no_secret


@dataclass
class _Rendering:
    """The state of one rendering."""

    scope: Scope
    work: Evaluation
    characters: int = 0
    values: int = 0

    def write(self, text: str) -> str:
        self.characters += len(text)
        if self.characters > MAX_CHARACTERS:
            raise TooLarge(f"The templates give more than {MAX_CHARACTERS:,} characters.")
        return text

    def keep(self, value: Any) -> Any:
        """Count a value, and its parts too once there are many: a short template can repeat a large payload."""
        self.values += 1
        if self.values > _FEW:
            check_size(value, self.work)
        return value


_Fill = Callable[[_Rendering], Any]


@dataclass(frozen=True, eq=False)
class Template:
    """Data with placeholders, ready to be filled."""

    data: Any
    references: frozenset[Reference]
    _fill: _Fill | None

    @property
    def uses_input(self) -> bool:
        return any(reference.source is Source.INPUT for reference in self.references)

    @property
    def nodes(self) -> frozenset[str]:
        """The ids of the nodes whose outputs the placeholders refer to."""
        return frozenset(reference.name for reference in self.references if reference.source is Source.NODE)

    def render(self, scope: Scope) -> Any:
        """The data with its placeholders filled; data without any is the same object."""
        return self.data if self._fill is None else self._fill(_Rendering(scope, Evaluation()))


def compile_template(
    data: Any, node_ids: Collection[str] = frozenset(), *, input_is: Source = Source.INPUT
) -> Template:
    """The template that this data is, in a graph of these nodes; ``input_is`` what the name ``input`` leads to."""
    compiler = _Compiler(node_ids, input_is)
    fill = compiler.fill(data, "", 0)
    return Template(data, frozenset(compiler.references), fill)


class _Compiler:
    def __init__(self, node_ids: Collection[str], input_is: Source) -> None:
        self.node_ids = node_ids
        self.input_is = input_is
        self.references: set[Reference] = set()

    def fill(self, data: Any, pointer: str, depth: int) -> _Fill | None:
        """How to render this part; ``None`` if there is nothing to do."""
        if isinstance(data, str):
            return self.text(data, pointer) if "{{" in data else None
        if not isinstance(data, (dict, list, tuple)) or not data:
            return None
        if depth == MAX_DEPTH:
            raise InvalidTemplate(f"The data is nested deeper than {MAX_DEPTH} levels.", pointer=pointer)
        if isinstance(data, dict):
            fills = {key: self.fill(part, child(pointer, key), depth + 1) for key, part in data.items()}
            return _fill_object(data, {key: fill for key, fill in fills.items() if fill})
        return _fill_list(data, [self.fill(part, f"{pointer}/{i}", depth + 1) for i, part in enumerate(data)])

    def text(self, text: str, pointer: str) -> _Fill | None:
        parts: list[str | Reference] = []
        position = 0
        while (start := text.find("{{", position)) >= 0 and (end := text.find("}}", start)) >= 0:
            parts += [text[position:start], self.reference(text[start + 2 : end], pointer)]
            position = end + 2
        parts.append(text[position:])
        references = [part for part in parts if isinstance(part, Reference)]
        self.references.update(references)
        parts = [part for part in parts if part]
        if references and len(parts) == 1:
            return _fill_value(references[0])
        return _fill_text(parts) if references else None

    def reference(self, text: str, pointer: str) -> Reference:
        return parse_reference(text, self.node_ids, pointer, input_is=self.input_is)


def _fill_object(data: dict[Any, Any], fills: dict[Any, _Fill]) -> _Fill | None:
    if not fills:
        return None
    return lambda rendering: {**data, **{key: fill(rendering) for key, fill in fills.items()}}


def _fill_list(data: Collection[Any], fills: list[_Fill | None]) -> _Fill | None:
    if not any(fills):
        return None
    pairs = list(zip(data, fills, strict=True))
    return lambda rendering: [part if fill is None else fill(rendering) for part, fill in pairs]


def _fill_value(reference: Reference) -> _Fill:
    return lambda rendering: rendering.keep(_look_up(reference, rendering))


def _fill_text(parts: list[str | Reference]) -> _Fill:
    def fill(rendering: _Rendering) -> str:
        return "".join(
            rendering.write(part if isinstance(part, str) else as_text(_look_up(part, rendering))) for part in parts
        )

    return fill


def _look_up(reference: Reference, rendering: _Rendering) -> Any:
    value = _find(reference, rendering.scope, rendering.work)
    return None if value is UNDEFINED else value


def _find(reference: Reference, scope: Scope, work: Evaluation) -> Any:
    if reference.source is Source.PAYLOAD:
        return follow_path(scope.payload, reference.path, work)
    if reference.source is Source.INPUT:
        return follow_path(scope.input, reference.path, work)
    if reference.source is Source.SECRET:
        return scope.secret(reference.name)
    if reference.source is Source.NODE:
        return in_output(scope.outputs.get(reference.name, UNDEFINED), reference.path, work)
    return follow_path(scope.payload, (reference.name, *reference.path), work)
