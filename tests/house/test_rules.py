"""The tree keeps the rules of the house."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path, PurePosixPath

import pytest

from tests.house import rules

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(
    path.relative_to(ROOT)
    for package in ("engagement", "tenants")
    for path in (ROOT / package).rglob("*.py")
    if "__pycache__" not in path.parts
)
CODE = [path for path in SOURCES if "migrations" not in path.parts]
MIGRATIONS = [path for path in SOURCES if path.parent.name == "migrations" and path.stem != "__init__"]
FORMULA = [path for path in CODE if "formula" in path.parts or path.stem == "formula"]
# Adds whole numbers as doubles, below 2⁵³ only: a test holds its sums to Python's own integers.
WHOLE_DOUBLES = Path("engagement/scoring/formula/sums.py")
# Statistics with intervals: estimates, rounded at the border. Scores that go in are whole.
ESTIMATES = {PurePosixPath("engagement/validity/formula"), PurePosixPath("engagement/cases/formula")}
TREES: tuple[Callable[[ast.Module], list[str]], ...] = (
    rules.long_functions,
    rules.fat_views,
    rules.fat_tasks,
    rules.raw_queries,
    rules.links_by_request,
    rules.shadowed_words,
    rules.early_words,
    rules.unseen_words,
)
# The one way out for addresses that people type; a container's health check asks the web process beside it; the demo
# looks for a free port and waits for its own server.
WAYS_OUT = {
    Path("tenants/outgoing.py"),
    Path("tenants/outgoing_session.py"),
    Path("engagement/operating/alive.py"),
}
THE_DOOR = Path("engagement/operating/patient.py")  # takes connections that come, and opens none
Rule = Callable[[ast.Module], list[str]]


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse((ROOT / path).read_text(), str(path))


def _broken(paths: list[Path], rule: Rule) -> list[str]:
    return [f"{path}: {problem}" for path in paths for problem in rule(_tree(path))]


def _texts(*patterns: str) -> Iterator[tuple[Path, str]]:
    for pattern in patterns:
        for path in sorted(ROOT.glob(pattern)):
            yield path.relative_to(ROOT), path.read_text()


def test_there_is_something_to_check() -> None:
    assert len(CODE) > 50
    assert len(FORMULA) >= 6
    assert {"tenants/migrations/0001_initial.py", "engagement/ingest/migrations/0002_wall.py"} <= {
        str(p) for p in MIGRATIONS
    }


# ── size, names, words ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("rule", TREES, ids=lambda rule: rule.__name__)
def test_code(rule: Rule) -> None:
    assert _broken(CODE, rule) == []


def test_files_are_short() -> None:
    assert [f"{path}: {problem}" for path in CODE for problem in rules.long_file((ROOT / path).read_text())] == []


def test_most_functions_are_short() -> None:
    lengths = [rules.lines_of(function) for path in CODE for function in rules.functions(_tree(path))]
    assert rules.long_tail(lengths) == []


def test_no_catch_alls() -> None:
    found = [*SOURCES, *(path for path, _ in _texts("templates/**/*.html", "tests/**/*.py"))]
    assert [f"{path}: {problem}" for path in found for problem in rules.catch_all(PurePosixPath(path))] == []


def test_nothing_is_left_to_do() -> None:
    python = ("engagement/**/*.py", "tenants/**/*.py", "tests/**/*.py")
    others = (
        "engagement/**/*.sql",
        "templates/**/*.html",
        "static/*.*",
        "*.md",
        "*/README.md",
        "engagement/*/README.md",
    )
    texts = _texts(*python, *others)
    assert [f"{path}: {problem}" for path, text in texts for problem in rules.unfinished(text)] == []


def test_arithmetic_says_what_it_computes() -> None:
    assert _broken(FORMULA, rules.undocumented) == []


# ── what code may not do ─────────────────────────────────────────────────────────────────────────────────────


def test_only_doorways_read_the_clock() -> None:
    inside = [path for path in CODE if not rules.is_doorway(PurePosixPath(path))]
    assert _broken(inside, rules.reads_clock) == []


def test_only_one_file_opens_connections() -> None:
    inside = [path for path in CODE if path not in WAYS_OUT and "demo" not in path.parts and path != THE_DOOR]
    assert _broken(inside, rules.reaches_out) == []
    assert all(rules.reaches_out(_tree(path)) for path in WAYS_OUT)


def test_what_bandit_is_told_to_let_pass_has_a_reason() -> None:
    assert [f"{path}: {problem}" for path in SOURCES for problem in rules.bare_nosec((ROOT / path).read_text())] == []


def test_arithmetic_is_exact() -> None:
    # What is estimated, intervals and chances, is said to be, and stands in files or folders of that name.
    exact = [
        path
        for path in FORMULA
        if path != WHOLE_DOUBLES and path.name != "estimates.py" and PurePosixPath(path.parent) not in ESTIMATES
    ]
    assert _broken(exact, rules.floats) == []


def test_services_and_selectors_are_called_by_name() -> None:
    named = [path for path in CODE if {"services", "selectors"} & {*path.parent.parts, path.stem}]
    assert _broken(named, rules.positional) == []


def test_imports_run_one_way() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


# ── templates, SQL, migrations, files ────────────────────────────────────────────────────────────────────────


def test_templates_have_nothing_inline() -> None:
    texts = list(_texts("templates/**/*.html"))
    assert len(texts) > 20
    assert [f"{path}: {problem}" for path, text in texts for problem in rules.inline_parts(text)] == []


def test_sql_files_open_with_their_header() -> None:
    texts = list(_texts("engagement/**/*.sql", "tenants/**/*.sql"))
    assert texts
    assert [f"{path}: {problem}" for path, text in texts for problem in rules.headless_sql(text)] == []


def test_migrations_can_be_reversed() -> None:
    assert _broken(MIGRATIONS, rules.one_way_migrations) == []


@pytest.mark.parametrize("folder", sorted({path.parent for path in MIGRATIONS}), ids=str)
def test_migrations_are_a_line(folder: Path) -> None:
    app = folder.parent.name
    parents = {path.stem: rules.migration_parents(_tree(path), app) for path in MIGRATIONS if path.parent == folder}
    assert rules.forked_migrations(parents) == []


def test_every_step_explains_itself() -> None:
    folders = sorted(path.parent for path in SOURCES if path.name == "apps.py")
    assert [str(folder) for folder in folders if not (ROOT / folder / "README.md").exists()] == []


def test_requirements_are_pinned_with_hashes() -> None:
    locked = dict(_texts("requirements*.txt"))
    assert {str(path) for path in locked} == {"requirements.txt", "requirements-dev.txt"}
    assert [f"{path}: {problem}" for path, text in locked.items() for problem in rules.unpinned(text)] == []
    short = _texts("requirements*.in")
    assert [f"{path}: {problem}" for path, text in short for problem in rules.local_requirements(text)] == []


def test_every_test_that_a_promise_names_is_there() -> None:
    named = rules.named_tests((ROOT / "tenants/THREATS.md").read_text())
    assert len(named) > 20
    assert sorted(path for path in named if not (ROOT / path).is_file()) == []


def test_every_environment_variable_is_explained() -> None:
    names = rules.environment_variables((ROOT / "engagement/settings.py").read_text())
    assert {"SECRET_KEY", "DATABASE_URL", "CELERY_BROKER_URL"} <= names
    assert rules.unexplained(names, (ROOT / "README.md").read_text()) == []
