"""What the product's source says of the record: the acts it puts there, and which services lead to it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RECORDS, WRITES = "audit_append", "a write"
_ORM = {"save", "create", "bulk_create", "bulk_update", "get_or_create", "update_or_create", "delete"}
_NOT_PRODUCT = {"migrations", "demo"}


@dataclass
class Source:
    """Calls by the function they stand in, acts that are put on record, and calls whose act nobody can read."""

    calls: dict[str, set[str]] = field(default_factory=dict)
    acts: set[str] = field(default_factory=set)
    unreadable: list[str] = field(default_factory=list)


def sources() -> Iterator[Path]:
    for folder in ("tenants", "engagement"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if not _NOT_PRODUCT & set(path.relative_to(ROOT).parts):
                yield path


def read(paths: Iterator[Path] | None = None) -> Source:
    found = Source()
    for path in paths or sources():
        tree = ast.parse(path.read_text())
        tables = {
            target.id: node.value
            for node in tree.body
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                found.calls.setdefault(_full(node.name, path), set()).update(_called(node, path))
            if isinstance(node, ast.Call) and _name(node.func) == RECORDS:
                acts = _acts(_said(node), tables) or _handed(tree, node)
                found.acts |= acts
                if not acts:
                    found.unreadable.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    return found


def leads_to(source: Source, function: str, *, end: str) -> bool:
    """Whether a function does something, itself or through others of ours: RECORDS or WRITES."""
    seen, waiting = set[str](), [function]
    while waiting:
        name = waiting.pop()
        if name == end:
            return True
        if name not in seen:
            seen.add(name)
            waiting += source.calls.get(name, ())
    return False


def services() -> dict[str, str]:
    """Every public function of the services of all steps, by name, with its module."""
    folders = [*ROOT.glob("engagement/*/services"), ROOT / "tenants" / "services"]
    paths = [path for folder in folders for path in sorted(folder.glob("*.py"))]
    paths.append(ROOT / "engagement/ingest/write_keys.py")
    return {
        node.name: str(path.relative_to(ROOT))
        for path in paths
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    }


def _called(function: ast.FunctionDef, path: Path) -> set[str]:
    calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
    names = {_full(name, path) for node in calls if (name := _name(node.func))}
    return names | ({WRITES} if any(_writes(node) for node in calls) else set())


def _full(name: str, path: Path) -> str:
    """Private functions belong to their module; the names of others are the same everywhere."""
    return f"{path.relative_to(ROOT)}:{name}" if name.startswith("_") else name


def _writes(call: ast.Call) -> bool:
    """A row made, changed or deleted: by the ORM, or by a statement that is run for what it does."""
    if not isinstance(call.func, ast.Attribute):
        return False
    method, of = call.func.attr, call.func.value
    if method == "run":
        return isinstance(of, ast.Name) and of.id in {"queries", "_sql"}
    return method in _ORM or (method == "update" and any(word.arg for word in call.keywords))


def _name(called: ast.expr) -> str:
    """Functions by their name or through their module; methods of objects are none of ours."""
    if isinstance(called, ast.Name):
        return called.id
    if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and called.value.id == "services":
        return called.attr
    return ""


def _said(call: ast.Call) -> ast.expr | None:
    return next((word.value for word in call.keywords if word.arg == "act"), None)


def _handed(tree: ast.Module, call: ast.Call) -> set[str]:
    """The acts that a function of the module is called with, where it hands its own `act` on."""
    if not (isinstance(said := _said(call), ast.Name) and said.id == "act"):
        return set()
    around = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and call in set(ast.walk(node))}
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _name(node.func) in around]
    return {act for one in calls for act in _acts(_said(one), {})}


def _acts(value: ast.expr | None, tables: dict[str, ast.expr]) -> set[str]:
    """The act as it is written: a literal, or one of a table of the module."""
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return {value.value}
    if isinstance(value, ast.Subscript) and isinstance(value.value, ast.Name):
        table = tables.get(value.value.id)
        if isinstance(table, ast.Dict):
            return {one.value for one in table.values if isinstance(one, ast.Constant) and isinstance(one.value, str)}
    return set()
