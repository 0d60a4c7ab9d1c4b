"""Arrows go down only, nothing imports in a circle or inside a function, and each library has one address."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from importlib.util import resolve_name
from pathlib import Path

BACKEND = Path(__file__).resolve().parent.parent
MODULES = {
    ".".join(path.relative_to(BACKEND).with_suffix("").parts).removesuffix(".__init__"): path
    for path in (BACKEND / "app").rglob("*.py")
}
#: From the bottom to the top; a module belongs to the last that its name begins with.
FLOORS = (
    *("app.errors", "app.settings", "app.logic", "app.graph", "app.storage", "app.triggers", "app.engine"),
    *("app.api", "app.engine.orchestrator", "app.main", "app.scripts"),
)
#: Libraries, and the only modules that may know them.
ADDRESSES = {
    "celery": ("app.engine.orchestrator",),
    "kombu": ("app.engine.orchestrator",),
    "json_logic": ("app.logic.jsonlogic",),
    "cronsim": ("app.triggers.schedule",),
    "yaml": ("app.graph.dialects.written",),
    "fastapi": ("app.api", "app.main"),
    "fastapi_offline": ("app.api",),
    "starlette": ("app.api", "app.main"),
}


def is_in(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def floor(module: str) -> int:
    return max((number for number, name in enumerate(FLOORS) if is_in(module, name)), default=0)


def imports(module: str, *, inside_functions: bool = False) -> Iterator[str]:
    """The modules that a module imports, ours in full."""
    tree = ast.parse(MODULES[module].read_text())
    package = module if MODULES[module].name == "__init__.py" else module.rpartition(".")[0]
    functions = [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    for node in (inner for top in (functions if inside_functions else [tree]) for inner in ast.walk(top)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = resolve_name("." * node.level + (node.module or ""), package) if node.level else node.module or ""
            yield from (f"{base}.{name.name}" if f"{base}.{name.name}" in MODULES else base for name in node.names)


def test_arrows_go_down_only() -> None:
    upward = [(a, b) for a in MODULES for b in imports(a) if b in MODULES and floor(b) > floor(a)]

    assert upward == []


def test_nothing_imports_in_a_circle() -> None:
    TopologicalSorter({a: {b for b in imports(a) if b in MODULES and b != a} for a in MODULES}).prepare()


def test_no_import_stands_inside_a_function() -> None:
    assert [(a, b) for a in MODULES for b in imports(a, inside_functions=True)] == []


def test_each_library_has_one_address() -> None:
    astray = [
        (module, name)
        for module in MODULES
        for name in imports(module)
        if not any(is_in(module, place) for place in ADDRESSES.get(name.partition(".")[0], ("app",)))
    ]

    assert astray == []
