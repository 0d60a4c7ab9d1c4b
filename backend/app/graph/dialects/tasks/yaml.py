"""YAML text, read as the JSON that it means; what JSON cannot say, or could not hold, is refused with its line."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode

from app.errors import InvalidDefinition, Problem
from app.graph.names import quote

#: How deep lists and objects may be nested.
MAX_DEPTH = 100
#: Characters of the document once every alias is written out.
MAX_CHARACTERS = 2_000_000

_TAG = "tag:yaml.org,2002:"
_TEXT, _FLOAT, _NULL, _MERGE = f"{_TAG}str", f"{_TAG}float", f"{_TAG}null", f"{_TAG}merge"
#: What JSON can say.
_KNOWN = frozenset(_TAG + kind for kind in ("str", "int", "float", "bool", "null", "seq", "map", "merge"))
#: The loader in C where this machine has it.
_Safe: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Safe):
    """Without times: a date stays the text that it is, for JSON has none."""

    yaml_implicit_resolvers = {  # noqa: RUF012
        first: [(tag, pattern) for tag, pattern in resolvers if tag != f"{_TAG}timestamp"]
        for first, resolvers in _Safe.yaml_implicit_resolvers.items()
    }


class _Refused(Exception):
    """What is wrong, and the line where."""

    def __init__(self, message: str, mark: Any = None) -> None:
        super().__init__(message if mark is None else f"Line {mark.line + 1}: {message}")


def read_yaml(text: str, *, verbatim: Collection[str] = ()) -> Any:
    """
    The value of a text; the values of the keys ``verbatim`` of the document are text, as written: 1.10 is not 1.1.

    Raises InvalidDefinition: for what is not YAML, keys that stand twice, and anything too deep or too large.
    """
    try:
        return _read_document(text, verbatim)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        said = getattr(error, "problem", None) or "it cannot be read"
        message = str(_Refused(f"{said}.", mark))
    except (_Refused, ValueError) as error:
        message = str(error)
    raise InvalidDefinition([Problem("INVALID_YAML", f"The definition is not YAML that we can keep. {message}")])


def _read_document(text: str, verbatim: Collection[str]) -> Any:
    _refuse_yaml_depth(text)
    loader = _Loader(text)
    try:
        root = loader.get_single_node()
        if root is None:
            return None
        _Check(loader).visit(root)
        _keep_text(root, verbatim)
        return loader.construct_document(root)
    finally:
        loader.dispose()


def _refuse_yaml_depth(text: str) -> None:
    """Before anything follows the nesting by recursion."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise _Refused(f"it is nested deeper than {MAX_DEPTH} levels.", event.start_mark)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _keep_text(root: Node, verbatim: Collection[str]) -> None:
    if not isinstance(root, MappingNode):
        return
    for key, value in root.value:
        if key.value in verbatim and isinstance(value, ScalarNode) and value.tag != _NULL:
            value.tag = _TEXT


class _Check:
    """
    One look at every node: known tags, finite numbers, keys that are text and stand once.

    An alias is the node that it names, so each is looked at once; its size counts wherever it stands.
    """

    def __init__(self, loader: Any) -> None:
        self._loader = loader
        #: Characters and levels of the nodes that were seen; None while one is looked into.
        self._seen: dict[int, tuple[int, int] | None] = {}

    def visit(self, node: Node) -> tuple[int, int]:
        if id(node) in self._seen:
            known = self._seen[id(node)]
            if known is None:
                raise _Refused("an alias names what it stands in.", node.start_mark)
            return known
        self._seen[id(node)] = None
        if node.tag not in _KNOWN:
            raise _Refused(f"{node.tag.replace(_TAG, '!!')} is none of JSON's types.", node.start_mark)
        size, depth = self._scalar(node) if isinstance(node, ScalarNode) else self._inside(node)
        if size > MAX_CHARACTERS or depth > MAX_DEPTH:
            raise _Refused("its aliases make it too large.", node.start_mark)
        self._seen[id(node)] = size, depth
        return size, depth

    def _scalar(self, node: ScalarNode) -> tuple[int, int]:
        if node.tag == _FLOAT and not math.isfinite(self._loader.construct_yaml_float(node)):
            raise _Refused(f"{quote(node.value)} is no number of JSON.", node.start_mark)
        return len(node.value) + 1, 0

    def _inside(self, node: Node) -> tuple[int, int]:
        if isinstance(node, MappingNode):
            node.value = [(self._key(key), value) for key, value in node.value]
            self._refuse_twice(node)
        parts = [part for pair in node.value for part in pair] if isinstance(node, MappingNode) else node.value
        size, depth = 2, 0
        for part in parts:
            more, below = self.visit(part)
            size, depth = size + more, max(depth, below)
            if size > MAX_CHARACTERS:
                break
        return size, depth + 1

    @staticmethod
    def _key(key: Node) -> Node:
        """The key as the text that it is written as: ``on`` is not true."""
        if not isinstance(key, ScalarNode):
            raise _Refused("a key must be text.", key.start_mark)
        if key.tag == _MERGE:
            return key
        return ScalarNode(_TEXT, key.value, key.start_mark, key.end_mark)

    @staticmethod
    def _refuse_twice(node: MappingNode) -> None:
        keys: set[str] = set()
        for key, _ in node.value:
            if key.tag != _MERGE and key.value in keys:
                raise _Refused(f"the key {quote(key.value)} stands twice.", key.start_mark)
            keys.add(key.value)
