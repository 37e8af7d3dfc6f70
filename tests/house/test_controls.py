"""Each rule reports a small bad sample, and leaves a small good one alone."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import PurePosixPath
from textwrap import dedent

import pytest

from tests.house import rules

_BODY = "\n".join(f"    x = {n}" for n in range(13))
_FAT_PAGE = ["page: a body of 13 lines, more than 12"]
_SHADOWED = "line 1: f says texts by _() and names something else _"
_UNDOCUMENTED = ["score has no docstring", "Weights has no docstring"]
_MARK, _OTHER_MARK = "TO" + "DO", "FIX" + "ME"  # apart, so that the rule does not find them here

TREES: list[tuple[Callable[[ast.Module], list[str]], str, list[str]]] = [
    (rules.long_functions, "def f():\n" + "    x = 1\n" * 49, []),
    (rules.long_functions, "def f():\n" + "    x = 1\n" * 50, ["f: 51 lines, more than 50"]),
    (rules.fat_views, f"@organisation_view(get=1)\ndef page(request):\n{_BODY}", _FAT_PAGE),
    (rules.fat_views, f"@access.signed_in_view\ndef page(request):\n{_BODY}", _FAT_PAGE),
    (rules.fat_views, f'@public_view\ndef page(request):\n    """Says.\n\n    More.\n    """\n{_BODY[:-11]}', []),
    (rules.fat_views, f"def service():\n{_BODY}", []),
    (rules.fat_tasks, f"@app.task(bind=True)\ndef work(id):\n{_BODY}", ["work: a body of 13 lines, more than 8"]),
    (rules.fat_tasks, "@shared_task\ndef work(id):\n" + "    x = 1\n" * 8, []),
    (rules.raw_queries, "Customer.objects.raw('SELECT 1')", ["line 1: .raw()"]),
    (rules.raw_queries, "rows.extra(where=['1=1'])", ["line 1: .extra()"]),
    (rules.raw_queries, "expressions.RawSQL('1', [])", ["line 1: .RawSQL()"]),
    (rules.raw_queries, "batch.raw = b''", []),
    (rules.reads_clock, "datetime.now(UTC)", ["line 1: datetime.now()"]),
    (rules.reads_clock, "x = 1\ndjango.utils.timezone.now()", ["line 2: timezone.now()"]),
    (rules.reads_clock, "datetime.date.today()", ["line 1: date.today()"]),
    (rules.reads_clock, "time.time()", ["line 1: time.time()"]),
    (rules.reads_clock, "organisation.today(now)", []),
    (rules.reaches_out, "import requests", ["line 1: requests opens connections"]),
    (rules.reaches_out, "from urllib import request", ["line 1: urllib.request opens connections"]),
    (rules.reaches_out, "\nimport http.client as h", ["line 2: http.client opens connections"]),
    (rules.reaches_out, "from urllib.parse import quote\nfrom http import HTTPStatus\nfrom requested import x", []),
    (rules.links_by_request, "request.build_absolute_uri('/')", ["line 1: build_absolute_uri()"]),
    (rules.links_by_request, "public_url('/')", []),
    (rules.shadowed_words, "def f(x):\n  a, _ = x\n  return _('b')", [_SHADOWED]),
    (rules.shadowed_words, "def f(x):\n  a, _ = x\n  return a\ndef g(x): return _(x)", []),
    (rules.early_words, "x = _lazy('{n}').format(n=1)", ["line 1: _lazy(…).format(…) is said when the module is read"]),
    (rules.early_words, "x = format_lazy(_lazy('{n}'), n=1), _('{n}').format(n=1)", []),
    (rules.unseen_words, """f"{_('one')} two\"""", ["line 1: _() within an f-string"]),
    (rules.unseen_words, """f"{_(name)} two\"""", []),
    (rules.floats, "x = 0.5", ["line 1: a float"]),
    (rules.floats, "x = float(n)", ["line 1: a float"]),
    (rules.floats, "x = np.zeros(3, dtype=np.float64)", ["line 1: a float"]),
    (rules.floats, "x = Fraction(total) / n, (2 * total + n) // (2 * n)", []),
    (rules.undocumented, "def score(p): ...\nclass Weights: ...\ndef _inner(): ...", _UNDOCUMENTED),
    (rules.undocumented, 'def score(p):\n    """0…100."""', []),
    (rules.positional, "def publish(user, note): ...", ["publish takes 2 arguments by position"]),
    (rules.positional, "def publish(*, user, note): ...\ndef _inner(a, b): ...\ndef one(a): ...", []),
    (rules.one_way_migrations, "migrations.RunSQL('DROP TABLE t')", ["line 1: RunSQL without a reverse"]),
    (rules.one_way_migrations, "migrations.RunPython(forwards)", ["line 1: RunPython without a reverse"]),
    (rules.one_way_migrations, "migrations.RunSQL('a', 'b')\nmigrations.RunPython(f, reverse_code=g)", []),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "sample", "problems"), TREES)
def test_rules_about_code(rule: Callable[[ast.Module], list[str]], sample: str, problems: list[str]) -> None:
    assert rule(ast.parse(dedent(sample))) == problems


_HASH = "--hash=sha256:" + "0" * 64
_HEADER = "\n".join(f"-- {word} something" for word in rules.SQL_HEADER)

TEXTS: list[tuple[Callable[[str], list[str]], str, list[str]]] = [
    (rules.long_file, "x = 1\n" * 350, []),
    (rules.long_file, "x = 1\n" * 351, ["351 lines, more than 350"]),
    (rules.unfinished, f"x = 1  # {_MARK} later", [f"line 1: {_MARK}"]),
    (rules.unfinished, f"\n-- {_OTHER_MARK}", [f"line 2: {_OTHER_MARK}"]),
    (rules.unfinished, "what remains to be done is a todolist", []),
    (rules.bare_nosec, "x = 1  # nosec", ["line 1: nosec without number or reason"]),
    (rules.bare_nosec, "\nx = 1  # nosec B608", ["line 2: nosec without number or reason"]),
    (rules.bare_nosec, "x = 1  # nosec B608  # names of our own", []),
    (rules.inline_parts, '<p style="color: red">', ["a style attribute"]),
    (rules.inline_parts, "<p class=x\n  STYLE = 'a'>", ["a style attribute"]),
    (rules.inline_parts, "<style>p {}</style>", ["a style element"]),
    (rules.inline_parts, "<script>alert(1)</script>", ["inline script"]),
    (rules.inline_parts, '<button onclick="x()">', ["an event handler"]),
    (rules.inline_parts, '<a href="javascript:x()">', ["a javascript address"]),
    (rules.inline_parts, "{{ name|safe }}", ["unescaped output"]),
    (rules.inline_parts, "{% autoescape off %}", ["unescaped output"]),
    (rules.inline_parts, '<script src="/a.js" defer></script><p class="style">on = off</p>', []),
    (rules.headless_sql, "SELECT 1", [f"its header lacks “{word}”" for word in rules.SQL_HEADER]),
    (rules.headless_sql, f"{_HEADER}\nSELECT 1", []),
    (rules.headless_sql, f"{_HEADER}\nSELECT 1;\nSELECT 2", ["more than one statement"]),
    (rules.headless_sql, f"{_HEADER}\nSELECT 1;\n", []),
    (rules.unpinned, f"django==5.2.19 \\\n    {_HASH} \\\n    {_HASH}\n# words\n", []),
    (rules.unpinned, f"celery[redis]==5.7.0 ; python_version < '3.12' \\\n    {_HASH}\n", []),
    (rules.unpinned, "django==5.2.19\n", ["“django==5.2.19” is not name==version with hashes"]),
    (rules.unpinned, f"django>=5 {_HASH}\n", [f"“django>=5 {_HASH[:50]}” is not name==version with hashes"]),
    (rules.unpinned, "-e .\n", ["“-e .” is not name==version with hashes"]),
    (rules.unpinned, "--index-url https://x\n", ["“--index-url https://x” is not name==version with hashes"]),
    (rules.unpinned, "a @ file:///tmp/a.whl\n", ["“a @ file:///tmp/a.whl” is not name==version with hashes"]),
    (rules.local_requirements, "# words @ home\ndjango==5.2.19\nnumpy\n", []),
    (rules.local_requirements, "./wheels/a.whl", ["“./wheels/a.whl” is not a package of the public index"]),
    (rules.local_requirements, "a @ file:///b", ["“a @ file:///b” is not a package of the public index"]),
    (rules.local_requirements, "--find-links x", ["“--find-links x” is not a package of the public index"]),
    (rules.local_requirements, "-r requirements.in\n-e .", ["“-e .” is not a package of the public index"]),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "sample", "problems"), TEXTS)
def test_rules_about_text(rule: Callable[[str], list[str]], sample: str, problems: list[str]) -> None:
    assert rule(sample) == problems


@pytest.mark.parametrize(
    ("path", "problems"),
    [
        ("engagement/utils.py", ["“utils” says nothing"]),
        ("engagement/common/dates.py", ["“common” says nothing"]),
        ("tenants/core/__init__.py", ["“core” says nothing"]),
        ("engagement/scoring/formula/points.py", []),
    ],
)
def test_catch_alls(path: str, problems: list[str]) -> None:
    assert rules.catch_all(PurePosixPath(path)) == problems


@pytest.mark.parametrize(
    ("path", "is_doorway"),
    [
        ("tenants/views.py", True),
        ("engagement/ingest/views/imports.py", True),
        ("engagement/scoring/management/commands/score.py", True),
        ("engagement/demo/run.py", True),
        ("tenants/services.py", False),
        ("engagement/scoring/formula/views_of_points.py", False),
    ],
)
def test_doorways(path: str, is_doorway: bool) -> None:
    assert rules.is_doorway(PurePosixPath(path)) is is_doorway


def test_the_tail_of_lengths() -> None:
    assert rules.long_tail([5] * 90 + [30] * 10) == []
    assert rules.long_tail([5] * 89 + [31] * 11) == ["90 % of functions have up to 31 lines, more than 30"]


def test_migrations_that_fork_skip_or_share_a_number() -> None:
    line: dict[str, set[str]] = {"0001_a": set(), "0002_b": {"0001_a"}, "0003_c": {"0002_b"}}
    assert rules.forked_migrations(line) == []
    assert rules.forked_migrations({**line, "0003_c": {"0001_a"}}) == ["0003_c follows ['0001_a'], not 0002_b"]
    assert rules.forked_migrations({"0001_a": set(), "0003_c": {"0001_a"}}) == ["0003_c is not number 2"]


def test_the_parents_of_a_migration() -> None:
    sample = 'class Migration:\n    dependencies = [("ingest", "0001_initial"), ("tenants", "0002_wall")]'
    assert rules.migration_parents(ast.parse(sample), "ingest") == {"0001_initial"}
    assert rules.migration_parents(ast.parse("class Migration: ..."), "ingest") == set()


def test_the_tests_that_a_page_names() -> None:
    assert rules.named_tests("| a | `tests/a/test_b.py`, `tests/c.py` | tests/d.py `tenants/e.py`") == {
        "tests/a/test_b.py",
        "tests/c.py",
    }


def test_environment_variables_and_their_words() -> None:
    names = rules.environment_variables('A = env.str("ONE", default="")\nB = env.bool(\n    "TWO")\nC = other("THREE")')
    assert names == {"ONE", "TWO"}
    assert rules.unexplained(names, "| `ONE` | the first |") == ["TWO is not in README.md"]
