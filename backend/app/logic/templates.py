"""
Templates: ``{{ path }}`` and ``{{ path | filter }}`` in JSON data, parsed once.

Text that is one placeholder keeps the type of its value; inside other text, objects and lists become JSON. A value that
is missing is null, and nothing inside text. Values are put in as they are, unless a filter encodes them: a placeholder
in a value, or in a key, is text, and so is ``{{`` without ``}}``. ``render`` shares data with its scope and does not
copy it, so its result must not be changed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.errors import InvalidTemplate, StepFailed, TooLarge
from app.logic.evaluation import UNDEFINED, Evaluation, check_size
from app.logic.filters import FILTERS, URLENCODE
from app.logic.pointer import child
from app.logic.references import Reference, Source, parse_reference, split_filter
from app.logic.text import to_template_text
from app.logic.variables import follow_path, in_output

#: Levels of data with templates.
MAX_DEPTH = 100

#: Characters that one rendering may write.
MAX_CHARACTERS = 10_000_000

#: Placeholders whose values are inserted without counting their size.
_FEW = 50


def is_template(value: Any) -> bool:
    """True for a text, or a list with a text, that has a placeholder: its value is known only when it is filled."""
    parts = value if isinstance(value, list) else [value]
    return any(isinstance(part, str) and "{{" in part for part in parts)


def has_raw_placeholder(text: str) -> bool:
    """True for text around a placeholder without a filter, so that a value is inserted as it is."""
    pieces = text.split("{{")[1:]
    placeholders = [piece.partition("}}")[0] for piece in pieces if "}}" in piece]
    is_whole = len(placeholders) == 1 and text.startswith("{{") and text.endswith("}}")
    return not is_whole and any("|" not in placeholder for placeholder in placeholders)


def _no_secret(name: str) -> str | None:
    return None


@dataclass(frozen=True)
class Scope:
    """The values that the placeholders of a node can refer to."""

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
        """Count a value; after many of them also its parts, since a short template can repeat a large payload."""
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
    def secrets(self) -> frozenset[str]:
        """The names of the secrets that the placeholders refer to."""
        return frozenset(reference.name for reference in self.references if reference.source is Source.SECRET)

    @property
    def nodes(self) -> frozenset[str]:
        """The ids of the nodes whose outputs the placeholders refer to."""
        return frozenset(reference.name for reference in self.references if reference.source is Source.NODE)

    def render(self, scope: Scope) -> Any:
        """The data with its placeholders filled; data without placeholders is the same object. Raises TooLarge."""
        return self.data if self._fill is None else self._fill(_Rendering(scope, Evaluation()))


def compile_template(
    data: Any, node_ids: Collection[str] = frozenset(), *, input_is: Source = Source.INPUT
) -> Template:
    """Compile data of a node in a graph of these nodes; ``input`` refers to ``input_is``. Raises InvalidTemplate."""
    compiler = _TemplateCompiler(node_ids, input_is)
    fill = compiler.fill(data, "", 0)
    return Template(data, frozenset(compiler.references), fill)


class _TemplateCompiler:
    def __init__(self, node_ids: Collection[str], input_is: Source) -> None:
        self.node_ids = node_ids
        self.input_is = input_is
        self.references: set[Reference] = set()

    def fill(self, data: Any, pointer: str, depth: int) -> _Fill | None:
        """The function that renders this part; None if it has no placeholder."""
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
        parts: list[str | _Placeholder] = []
        position = 0
        while (start := text.find("{{", position)) >= 0 and (end := text.find("}}", start)) >= 0:
            parts += [text[position:start], self.placeholder(text[start + 2 : end], pointer)]
            position = end + 2
        parts.append(text[position:])
        placeholders = [part for part in parts if isinstance(part, _Placeholder)]
        self.references.update(placeholder.reference for placeholder in placeholders)
        parts = [part for part in parts if part]
        if placeholders and len(parts) == 1:
            return _fill_value(placeholders[0])
        return _fill_text(parts) if placeholders else None

    def placeholder(self, text: str, pointer: str) -> _Placeholder:
        path, filter = split_filter(text, pointer)
        reference = parse_reference(path, self.node_ids, pointer, input_is=self.input_is)
        return _Placeholder(reference, text.strip(), filter)


def _fill_object(data: dict[Any, Any], fills: dict[Any, _Fill]) -> _Fill | None:
    if not fills:
        return None
    return lambda rendering: {**data, **{key: fill(rendering) for key, fill in fills.items()}}


def _fill_list(data: Collection[Any], fills: list[_Fill | None]) -> _Fill | None:
    if not any(fills):
        return None
    pairs = list(zip(data, fills, strict=True))
    return lambda rendering: [part if fill is None else fill(rendering) for part, fill in pairs]


@dataclass(frozen=True)
class _Placeholder:
    """One ``{{ … }}``."""

    reference: Reference
    #: The text in it, for messages.
    source: str
    filter: str | None

    def text_of(self, rendering: _Rendering) -> str:
        """Its value as text, through its filter."""
        value = _look_up(self.reference, rendering)
        return FILTERS[self.filter](value) if self.filter else to_template_text(value)


def _fill_value(placeholder: _Placeholder) -> _Fill:
    if placeholder.filter:
        return lambda rendering: rendering.write(placeholder.text_of(rendering))
    return lambda rendering: rendering.keep(_look_up(placeholder.reference, rendering))


def _fill_text(parts: list[str | _Placeholder]) -> _Fill:
    def fill(rendering: _Rendering) -> str:
        written: list[str] = []
        for part in parts:
            text = part if isinstance(part, str) else part.text_of(rendering)
            if isinstance(part, _Placeholder) and part.filter == URLENCODE and text in (".", ".."):
                _refuse_dots(part, text, written)
            written.append(rendering.write(text))
        return "".join(written)

    return fill


def _refuse_dots(placeholder: _Placeholder, text: str, before: list[str]) -> None:
    """In the path of a URL, ``.`` and ``..`` lead to another path, and so do their escapes: they cannot be encoded."""
    url = "".join(before)
    if url.endswith("/") and "?" not in url:
        message = f'{{{{ {placeholder.source} }}}} is "{text}", which cannot be a segment of the path of a URL.'
        raise StepFailed(message, kind="InvalidData", retry=False)


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
