"""The rules of the house, one function each: text or a syntax tree in, sentences about what breaks the rule out."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import Any

FILE_LINES, FUNCTION_LINES, FUNCTION_LINES_P90, VIEW_LINES, TASK_LINES = 350, 50, 30, 12, 8
CATCH_ALLS = {"utils", "util", "helpers", "helper", "common", "core", "misc"}
DOORWAYS = {"views", "api", "admin", "tasks", "middleware", "management", "demo", "health"}
VIEW_MARKS = {"organisation_view", "signed_in_view", "operator_view", "public_view"}
TASK_MARKS = {"task", "shared_task", "worker_task"}
SQL_HEADER = ("Takes:", "Gives:", "Tenant filter:", "Window:", "Index relied on:")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(tree: ast.AST) -> Iterator[Function]:
    """Every function and method."""
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def lines_of(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def body_lines(function: Function) -> int:
    """Lines from the first statement after the docstring to the last."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def dotted(node: ast.AST) -> str:
    """A name as it is written: "timezone.now" of the node for timezone.now; "" for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else node.attr
    return ""


def marks(function: Function) -> set[str]:
    """Last parts of the decorators' names."""
    found = [mark.func if isinstance(mark, ast.Call) else mark for mark in function.decorator_list]
    return {dotted(mark).rpartition(".")[2] for mark in found}


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


# ── size ─────────────────────────────────────────────────────────────────────────────────────────────────────


def long_file(text: str) -> list[str]:
    """A file that outgrows the ceiling becomes a folder of the same name."""
    count = len(text.splitlines())
    return [f"{count} lines, more than {FILE_LINES}"] if count > FILE_LINES else []


def long_functions(tree: ast.AST) -> list[str]:
    found = [(function.name, lines_of(function)) for function in functions(tree)]
    return [f"{name}: {count} lines, more than {FUNCTION_LINES}" for name, count in found if count > FUNCTION_LINES]


def long_tail(lengths: Iterable[int]) -> list[str]:
    """Nine functions in ten fit on half a screen."""
    ordered = sorted(lengths)
    p90 = ordered[int(len(ordered) * 0.9)] if ordered else 0
    text = f"90 % of functions have up to {p90} lines, more than {FUNCTION_LINES_P90}"
    return [text] if p90 > FUNCTION_LINES_P90 else []


def _fat(tree: ast.AST, named: set[str], ceiling: int) -> list[str]:
    found = [(function.name, body_lines(function)) for function in functions(tree) if marks(function) & named]
    return [f"{name}: a body of {count} lines, more than {ceiling}" for name, count in found if count > ceiling]


def fat_views(tree: ast.AST) -> list[str]:
    """Form in, one service or selector called, template out."""
    return _fat(tree, VIEW_MARKS, VIEW_LINES)


def fat_tasks(tree: ast.AST) -> list[str]:
    """Id in, scope entered, one service called."""
    return _fat(tree, TASK_MARKS, TASK_LINES)


# ── names and words ──────────────────────────────────────────────────────────────────────────────────────────


def catch_all(path: PurePosixPath) -> list[str]:
    """A shared thing gets a name for what it is."""
    return [f"“{part}” says nothing" for part in (*path.parent.parts, path.stem) if part in CATCH_ALLS]


def unfinished(text: str) -> list[str]:
    """What is to be done later is in the issue, not in the code."""
    found = re.finditer(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b", text)
    return [f"line {text.count(chr(10), 0, match.start()) + 1}: {match[0]}" for match in found]


def undocumented(tree: ast.Module) -> list[str]:
    """Public functions and classes of arithmetic say what they compute."""
    public = [node for node in tree.body if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_")]
    return [f"{node.name} has no docstring" for node in public if not ast.get_docstring(node)]


# ── what code may not do ─────────────────────────────────────────────────────────────────────────────────────


def raw_queries(tree: ast.AST) -> list[str]:
    """SQL stands in sql/*.sql, where it is read and tested: not in raw() or extra()."""
    return [
        f"line {call.lineno}: .{call.func.attr}()"
        for call in calls(tree)
        if isinstance(call.func, ast.Attribute) and call.func.attr in {"raw", "extra", "RawSQL"}
    ]


_CLOCKS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "timezone.now", "time.time", "localdate"}


def reads_clock(tree: ast.AST) -> list[str]:
    """Time is passed in; only doorways read the clock."""
    found = [(call.lineno, ".".join(dotted(call.func).split(".")[-2:])) for call in calls(tree)]
    return [f"line {line}: {name}()" for line, name in found if name in _CLOCKS]


_WAYS_OUT = {
    "requests",
    "httpx",
    "aiohttp",
    "urllib3",
    "urllib.request",
    "http.client",
    "ftplib",
    "telnetlib",
    "socket",
}


def reaches_out(tree: ast.AST) -> list[str]:
    """Only tenants/outgoing.py opens connections: elsewhere an address that somebody typed would be fetched unseen."""
    named: list[tuple[int, str]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            named += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            named += [(node.lineno, node.module), *((node.lineno, f"{node.module}.{a.name}") for a in node.names)]
    found = {(line, name) for line, name in named if any(_is_within(name, way) for way in _WAYS_OUT)}
    return [f"line {line}: {name} opens connections" for line, name in sorted(found)]


def _is_within(name: str, module: str) -> bool:
    return name == module or name.startswith(f"{module}.")


def links_by_request(tree: ast.AST) -> list[str]:
    """Absolute addresses are made by tenants/links.py from PUBLIC_URL, never from the Host of a request."""
    wrong = {"build_absolute_uri", "get_current_site", "get_host"}
    found = [(call.lineno, dotted(call.func).rpartition(".")[2]) for call in calls(tree)]
    return [f"line {line}: {name}()" for line, name in found if name in wrong]


_NOSEC = re.compile(r"# nosec\b(.*)")


def bare_nosec(text: str) -> list[str]:
    """A finding of bandit is let pass by its number and with the reason: `# nosec B608  # names of our own`."""
    found = ((number, match) for number, line in enumerate(text.splitlines(), 1) if (match := _NOSEC.search(line)))
    return [
        f"line {number}: nosec without number or reason"
        for number, match in found
        if not re.match(r" B\d{3}(, ?B\d{3})*  # \S", match[1])
    ]


def is_doorway(path: PurePosixPath) -> bool:
    """By folder or name; beside the doorways of a step also `views_runs.py` and `preview_api.py`."""
    words = path.stem.split("_") if len(path.parent.parts) <= _STEP_DEPTH else [path.stem]
    return bool({*path.parent.parts, path.stem, words[0], words[-1]} & DOORWAYS)


_STEP_DEPTH = 2


_FLOAT_NAMES = {"float", "float16", "float32", "float64", "double", "true_divide"}


def floats(tree: ast.AST) -> list[str]:
    """Arithmetic is exact, in integers and fractions: no float literal, no float type, no conversion to one."""
    nodes: Iterator[Any] = ast.walk(tree)
    return [f"line {line}: a float" for line in sorted({node.lineno for node in nodes if _makes_float(node)})]


def _makes_float(node: Any) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, float)
    return isinstance(node, ast.Name | ast.Attribute) and dotted(node).rpartition(".")[2] in _FLOAT_NAMES


def positional(tree: ast.Module) -> list[str]:
    """Public services and selectors with more than one argument take them by name."""
    return [
        f"{function.name} takes {len(function.args.args)} arguments by position"
        for function in tree.body
        if isinstance(function, Function) and not function.name.startswith("_") and len(function.args.args) > 1
    ]


# ── templates, SQL, migrations, files ────────────────────────────────────────────────────────────────────────

_INLINE = {
    "a style attribute": r"<[^>]*\sstyle\s*=",
    "a style element": r"<style\b",
    "inline script": r"<script\b(?![^>]*\bsrc\s*=)",
    "an event handler": r"<[^>]*\son[a-z]+\s*=",
    "a javascript address": r"""(?:href|src|action)\s*=\s*["']?\s*javascript:""",
    "unescaped output": r"\|\s*safe\b|\{%\s*autoescape\s+off",
}


def inline_parts(template: str) -> list[str]:
    """The strict content security policy holds: nothing inline, nothing unescaped."""
    return [name for name, pattern in _INLINE.items() if re.search(pattern, template, re.IGNORECASE)]


def shadowed_words(tree: ast.AST) -> list[str]:
    """`_()` says a text in another language; a function that says one may not call something else `_`."""
    return [
        f"line {function.lineno}: {function.name} says texts by _() and names something else _"
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        and any(isinstance(node.func, ast.Name) and node.func.id == "_" for node in calls(function))
        and any(_is_throwaway(node) for node in ast.walk(function))
    ]


def early_words(tree: ast.AST) -> list[str]:
    """A lazy text that is filled in at once is said in the language of whoever came first: `format_lazy` waits."""
    return [
        f"line {call.lineno}: _lazy(…).format(…) is said when the module is read"
        for call in calls(tree)
        if isinstance(call.func, ast.Attribute)
        and call.func.attr == "format"
        and isinstance(call.func.value, ast.Call)
        and dotted(call.func.value.func) in {"_lazy", "gettext_lazy", "ngettext_lazy", "pgettext_lazy"}
    ]


def unseen_words(tree: ast.AST) -> list[str]:
    """What is said within an f-string is not gathered into the catalogues."""
    return [
        f"line {inner.lineno}: {dotted(inner.func)}() within an f-string"
        for text in ast.walk(tree)
        if isinstance(text, ast.JoinedStr)
        for inner in calls(text)
        if dotted(inner.func) in {"_", "ngettext", "pgettext"}
        and any(isinstance(argument, ast.Constant) for argument in inner.args)
    ]


def _is_throwaway(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id == "_" and isinstance(node.ctx, ast.Store)


def headless_sql(text: str) -> list[str]:
    """A SQL file opens with what it takes, gives, filters, covers and relies on; then one statement."""
    header = "\n".join(line for line in text.splitlines() if line.startswith("--"))
    problems = [f"its header lacks “{word}”" for word in SQL_HEADER if f"-- {word}" not in header]
    body = "\n".join(line.partition("--")[0] for line in text.splitlines())
    return problems + (["more than one statement"] if ";" in body.rstrip().rstrip(";") else [])


def one_way_migrations(tree: ast.AST) -> list[str]:
    """Every RunSQL and RunPython states its reverse."""
    reverse = {"RunSQL": "reverse_sql", "RunPython": "reverse_code"}
    return [
        f"line {call.lineno}: {name} without a reverse"
        for call in calls(tree)
        if (name := dotted(call.func).rpartition(".")[2]) in reverse
        and len(call.args) < 2
        and reverse[name] not in {keyword.arg for keyword in call.keywords}
    ]


def forked_migrations(parents: dict[str, set[str]]) -> list[str]:
    """Migrations of one app are a line; `parents` are each one's dependencies within the app."""
    problems, before = [], ""
    for number, name in enumerate(sorted(parents), start=1):
        if not name.startswith(f"{number:04d}_"):
            problems.append(f"{name} is not number {number}")
        if parents[name] != ({before} if before else set()):
            problems.append(f"{name} follows {sorted(parents[name])}, not {before or 'nothing'}")
        before = name
    return problems


def migration_parents(tree: ast.AST, app: str) -> set[str]:
    """Names of the same app's migrations in `dependencies`."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Assign)
            and dotted(node.targets[0]) == "dependencies"
            and isinstance(node.value, ast.List)
        ):
            pairs = [ast.literal_eval(item) for item in node.value.elts if isinstance(item, ast.Tuple)]
            return {name for label, name in pairs if label == app}
    return set()


_PINNED = re.compile(r"[A-Za-z0-9._-]+(\[[\w,-]+\])?==\S+( ; [^@]+?)?(\s+--hash=sha256:[0-9a-f]{64})+\s*")


def unpinned(requirements: str) -> list[str]:
    """Only exact versions with hashes, from the public index: no local file, no address, no option."""
    entries = [line for line in requirements.replace("\\\n", " ").splitlines() if line.strip() and line[0] != "#"]
    wrong = [entry.strip() for entry in entries if not _PINNED.fullmatch(entry)]
    return [f"“{entry[:60]}” is not name==version with hashes" for entry in wrong]


def local_requirements(requirements: str) -> list[str]:
    """A short .in file names packages of the public index only, and may build on requirements.in."""
    lines = [line.partition("#")[0].strip() for line in requirements.splitlines()]
    wrong = re.compile(r"^-(?!r requirements\.in$)|@|^\.|^/|file:|https?:")
    return [f"“{line}” is not a package of the public index" for line in lines if wrong.search(line)]


def named_tests(text: str) -> set[str]:
    """Paths under tests/ that a page names in backticks."""
    return set(re.findall(r"`(tests/[\w/.-]+\.py)`", text))


def environment_variables(settings: str) -> set[str]:
    """The names that settings.py reads."""
    return set(re.findall(r"""\benv(?:\.\w+)?\(\s*["']([A-Z][A-Z0-9_]*)["']""", settings))


def unexplained(names: Iterable[str], readme: str) -> list[str]:
    """Every environment variable stands in README.md, in backticks."""
    return [f"{name} is not in README.md" for name in sorted(names) if f"`{name}`" not in readme]
