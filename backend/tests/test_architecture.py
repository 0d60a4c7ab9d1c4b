"""Imports go down only, without a cycle, at the top of a module; each library has one address."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from graphlib import TopologicalSorter
from importlib.util import resolve_name
from pathlib import Path

import pytest

BACKEND = Path(__file__).resolve().parent.parent
MODULES = {
    ".".join(path.relative_to(BACKEND).with_suffix("").parts).removesuffix(".__init__"): path
    for path in (BACKEND / "app").rglob("*.py")
}
#: From the bottom to the top; a module belongs to the longest name that its own begins with.
LAYERS = (
    *("app.deferred", "app.errors", "app.setting_values", "app.settings", "app.logic", "app.graph", "app.storage"),
    *("app.secrets", "app.flow_control", "app.triggers"),
    *("app.engine", "app.why", "app.access", "app.hooks", "app.api"),
    *("app.engine.process", "app.engine.orchestrator", "app.main", "app.scripts"),
)
#: Layers inside a package, from the bottom to the top.
INNER_LAYERS = {
    "app.graph": ("model", "planning", "building", "dialects", "compile"),
    "app.storage": ("models", "database", "flow_control", "waiting", "deliveries", "walk"),
    "app.triggers": ("index", "triggers", "fire"),
    "app.engine": (
        *("services", "registry", "definitions", "config", "attempts", "waiting", "deliveries", "walk"),
        *("commands", "upkeep"),
    ),
    "app.engine.walk": (
        *("inputs", "changes", "context", "transition", "settling", "advancing", "losses", "isolation", "resuming"),
        *("completion", "news", "left", "pending", "rounds", "flights", "turns", "walker"),
    ),
    "app.engine.process": (
        *("configuration", "broker_url", "celery_app", "broker_client", "broker", "messages", "publishing", "context"),
        *("file_registration", "worker_life", "on_demand", "tasks"),
    ),
    "app.access": (
        *("scopes", "caller", "keys", "roster", "people", "provider", "tokens", "sign_in", "authenticator", "gate"),
    ),
    "app.hooks": ("headers", "scheme", "signatures", "forms", "schemes", "registry", "cache", "event"),
    "app.api": ("http", "schemas", "router", "views", "idempotency", "studio", "routes", "app"),
}
#: Libraries, and the only modules that may import them.
ADDRESSES = {
    "celery": ("app.engine.process",),
    "kombu": ("app.engine.process",),
    "redis": ("app.engine.process.broker_url", "app.engine.process.broker_client"),
    "aiohttp": ("app.engine.services.http",),
    "apprise": ("app.engine.services.channels",),
    # For handlers of a deployment only.
    "requests": (),
    "sqlalchemy": (
        *("app.access", "app.api", "app.engine.definitions.registration", "app.scripts", "app.secrets.store"),
        *("app.storage", "app.why"),
    ),
    "json_logic": ("app.logic.jsonlogic",),
    "cronsim": ("app.flow_control.cron",),
    "cryptography": ("app.secrets",),
    "yaml": ("app.graph.dialects.tasks.yaml",),
    "fastapi": ("app.access", "app.api", "app.main"),
    "fastapi_offline": ("app.api",),
    "starlette": ("app.access", "app.api", "app.main"),
    "jwt": ("app.access",),
    "limits": ("app.access.limits",),
}


def is_in(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def layer(module: str, layers: Sequence[str]) -> int:
    """The number of the layer that a module belongs to, from the bottom; -1 if none."""
    return max((number for number, name in enumerate(layers) if is_in(module, name)), default=-1)


def upward_imports(layers: Sequence[str]) -> list[tuple[str, str]]:
    """Imports from a lower layer of one of these to a higher one."""
    known = [module for module in MODULES if layer(module, layers) >= 0]
    return [(a, b) for a in known for b in imports(a) if b in MODULES and layer(b, layers) > layer(a, layers)]


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


def deferred_imports(module: str) -> Iterator[str]:
    """The modules that a module imports when it first uses them, by ``Deferred("module")``."""
    for node in ast.walk(ast.parse(MODULES[module].read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Deferred":
            yield from (name.value for name in node.args if isinstance(name, ast.Constant))


def test_imports_between_layers_go_down() -> None:
    assert upward_imports(LAYERS) == []


@pytest.mark.parametrize("package", INNER_LAYERS)
def test_imports_inside_package_go_down(package: str) -> None:
    assert upward_imports([f"{package}.{name}" for name in INNER_LAYERS[package]]) == []


def test_imports_have_no_cycle() -> None:
    TopologicalSorter({a: {b for b in imports(a) if b in MODULES and b != a} for a in MODULES}).prepare()


def test_functions_import_nothing() -> None:
    assert [(a, b) for a in MODULES for b in imports(a, inside_functions=True)] == []


def test_deferred_module_is_imported_for_its_types() -> None:
    unseen = [
        (a, b) for a in MODULES for b in deferred_imports(a) if not {b, b.rpartition(".")[0]}.intersection(imports(a))
    ]

    assert unseen == []


def test_library_is_imported_at_its_address() -> None:
    astray = [
        (module, name)
        for module in MODULES
        for name in imports(module)
        if not any(is_in(module, place) for place in ADDRESSES.get(name.partition(".")[0], ("app",)))
    ]

    assert astray == []
