"""The handbook's tables of log events, metrics and commands are what the code has: no more, no less."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from django.core.management import get_commands
from prometheus_client import REGISTRY

from engagement.operating import metrics
from tests.database import ROOT
from tests.operating.units import FOLDER

HANDBOOK = (FOLDER / "README.md").read_text()
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
# Of django-structlog, by its own settings' defaults.
OF_OTHERS = {"request_started": "info", "request_finished": "info", "request_failed": "error"}


def events_in(source: str) -> set[tuple[str, str]]:
    """(event, level) of every call of a logger; an event that is no plain word is its own finding."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr not in LEVELS:
            continue
        if not isinstance(node.func.value, ast.Name) or node.func.value.id not in {"log", "_log", "logger", "_logger"}:
            continue
        first = node.args[0] if node.args else None
        text = first.value if isinstance(first, ast.Constant) else ast.unparse(first) if first else ""
        found.add((str(text), "error" if node.func.attr == "exception" else node.func.attr))
    return found


def emitted() -> set[tuple[str, str]]:
    sources = [path for folder in ("engagement", "tenants") for path in (ROOT / folder).rglob("*.py")]
    assert len(sources) > 100
    return {event for path in sources for event in events_in(path.read_text())}


def documented(handbook: str) -> set[tuple[str, str]]:
    section = handbook.partition("### Log events")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \| (\w+) \|", section, re.MULTILINE)
    return {(event, level) for events, level in rows for event in re.findall(r"`(\w+)`", events)}


def test_every_log_event_stands_in_the_handbook() -> None:
    assert documented(HANDBOOK) == emitted() | set(OF_OTHERS.items())


def test_events_are_words_that_can_be_searched_for() -> None:
    assert [event for event, _ in emitted() if not re.fullmatch(r"[a-z]+(_[a-z]+)+", event)] == []


def test_control_events_are_found_however_they_are_written() -> None:
    source = 'log.info("a_b", x=1)\n_log.exception("c_d")\nlogger.warning(f"e {x}")\nother.info("no")\nlog.bind(x=1)'
    assert events_in(source) == {("a_b", "info"), ("c_d", "error"), ("f'e {x}'", "warning")}
    assert ("wake_lost", "warning") in emitted()
    assert documented("### Log events\n| `a_b`, `c_d` | info | x |\n## End\n| `e_f` | info |") == {
        ("a_b", "info"), ("c_d", "info"),
    }  # fmt: skip


def test_every_metric_of_ours_stands_in_the_handbook() -> None:
    named = set(re.findall(r"^\| `(rapport_\w+)` \|", HANDBOOK, re.MULTILINE))
    assert named == set(metrics.NAMES)
    collected = {metric.name for metric in REGISTRY.collect() if metric.name.startswith("rapport_")}
    assert {name.removesuffix("_total") for name in metrics.NAMES} >= collected
    assert {"rapport_items", "rapport_scorings", "rapport_tasks", "rapport_task_seconds"} <= collected


def test_commands_of_the_handbook_exist() -> None:
    named = set(re.findall(r"manage\.py (\w+)", HANDBOOK))
    assert named >= {"create_roles", "migrate", "backup", "restore_backup", "roll_back", "queue", "maintain"}
    assert named - set(get_commands()) == set()


def test_files_of_the_handbook_exist() -> None:
    links = re.findall(r"\]\(([\w./]+)\)", HANDBOOK)
    assert len(links) > 5
    assert [link for link in links if not Path(FOLDER, link).exists()] == []
