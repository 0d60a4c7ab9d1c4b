"""
The reader of YAML: types by the core schema of YAML 1.2, keys as text, aliases and ``<<`` written out.

Text that JSON cannot express, or that is too deep or too large, is refused with its line.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode

from app.errors import InvalidDefinition, Problem
from app.graph.dialects.tasks.yaml.plain_json import NotPlainJson, read_plain_json
from app.graph.dialects.tasks.yaml.refused import Refused, explain, forbidden_character, template_needs_quotes, too_deep
from app.graph.dialects.tasks.yaml.scalars import MERGE, NULL, TAG, TEXT, first_characters, no_json, read_scalar
from app.graph.names import quote

#: Levels of lists and objects.
MAX_DEPTH = 100
#: Characters of the document once every alias is written out.
MAX_CHARACTERS = 2_000_000

#: The parser in C where this machine has it; it is six to ten times as fast as one in Python.
_Safe: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


#: Finds the types of plain scalars by our own patterns; PyYAML's are those of YAML 1.1, where NO is false.
_Loader: Any = type("_Loader", (_Safe,), {"yaml_implicit_resolvers": first_characters()})


def read_yaml(text: str, *, verbatim: Collection[str] = ()) -> Any:
    """
    The value of a text; the values of the keys ``verbatim`` of the document are text, as written: 1.10 is not 1.1.

    Raises InvalidDefinition: for text that is not YAML, duplicate keys, and anything too deep or too large.
    """
    try:
        if len(text) <= MAX_CHARACTERS:
            return read_plain_json(text, verbatim=verbatim, max_depth=MAX_DEPTH)
    except NotPlainJson:
        pass
    try:
        return _read_document(text, verbatim)
    except yaml.YAMLError as error:
        message = str(explain(error, text, MAX_DEPTH))
    except (Refused, UnicodeError) as error:
        message = str(error if isinstance(error, Refused) else forbidden_character(text, error))
    raise InvalidDefinition([Problem("INVALID_YAML", f"The definition is not valid YAML. {message}")])


def _read_document(text: str, verbatim: Collection[str]) -> Any:
    _refuse_yaml_depth(text)
    loader = _Loader(text)
    try:
        root = loader.get_single_node()
    finally:
        loader.dispose()
    if root is None:
        return None
    _keep_text(root, verbatim)
    return _NodeReader(text).read(root).value


def _refuse_yaml_depth(text: str) -> None:
    """Before anything follows the nesting by recursion."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            mark: Any = event.start_mark
            if depth > MAX_DEPTH:
                raise too_deep(mark.line, MAX_DEPTH)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _keep_text(root: Node, verbatim: Collection[str]) -> None:
    if not isinstance(root, MappingNode):
        return
    for key, value in root.value:
        if key.value in verbatim and isinstance(value, ScalarNode) and value.tag != NULL:
            value.tag = TEXT


class _Value(NamedTuple):
    """The value of a node, and its characters and levels with aliases written out."""

    value: Any
    size: int
    depth: int


class _NodeReader:
    """
    Reads the nodes of one document.

    An alias is the node that it names, so each is read once; its size counts at each place.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        #: The nodes that were read, by identity; None while one is being read.
        self._known: dict[int, _Value | None] = {}

    def read(self, node: Node) -> _Value:
        """The value of a node. Raises Refused."""
        if isinstance(node, ScalarNode):
            return _Value(read_scalar(node), len(node.value) + 1, 0)
        if id(node) in self._known:
            known = self._known[id(node)]
            if known is None:
                raise Refused("recursive alias.", node.start_mark.line)
            return known
        self._known[id(node)] = None
        found = self._object(node) if isinstance(node, MappingNode) else self._list(node)
        if found.depth > MAX_DEPTH:
            raise too_deep(node.start_mark.line, MAX_DEPTH)
        self._known[id(node)] = found
        return found

    def _list(self, node: Node) -> _Value:
        if node.tag != f"{TAG}seq":
            raise no_json(node)
        size, parts = 2, []
        for part in node.value:
            parts.append(self.read(part))
            size = self._grown(size, parts[-1].size, node)
        return _Value([part.value for part in parts], size, 1 + max((part.depth for part in parts), default=0))

    def _object(self, node: MappingNode) -> _Value:
        if node.tag != f"{TAG}map":
            raise no_json(node)
        merged: dict[str, Any] = {}
        own: dict[str, Any] = {}
        size, depth = 2, 0
        for key, value in node.value:
            name, part = self._key(key), self.read(value)
            size, depth = self._grown(size, len(name) + 1 + part.size, node), max(depth, part.depth)
            if key.tag == MERGE:
                merged = {**_merged(part.value, value), **merged}
            elif name in own:
                raise Refused(f"duplicate key {quote(name)}.", key.start_mark.line)
            else:
                own[name] = part.value
        return _Value({**merged, **own}, size, depth + 1)

    def _key(self, key: Node) -> str:
        """The key as the text that it is written as: ``on`` is not true."""
        if isinstance(key, ScalarNode):
            return str(key.value)
        line, index = key.start_mark.line, key.start_mark.index
        if self._text[index - 1 : index + 1] == "{{":
            raise template_needs_quotes(self._text.splitlines()[line], line)
        raise Refused("a key must be text.", line)

    @staticmethod
    def _grown(size: int, more: int, node: Node) -> int:
        if size + more > MAX_CHARACTERS:
            message = f"it is too large: with its aliases written out it has more than {MAX_CHARACTERS:,} characters."
            raise Refused(message, node.start_mark.line)
        return size + more


def _merged(value: Any, node: Node) -> dict[str, Any]:
    """The keys that ``<<`` adds; of several objects, the first that has a key wins."""
    named = value if isinstance(value, list) else [value]
    if not all(isinstance(each, dict) for each in named):
        raise Refused("<< must name an object, or a list of objects.", node.start_mark.line)
    return {key: found for each in reversed(named) for key, found in each.items()}
