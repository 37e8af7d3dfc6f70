"""AUDIT.md is the whole list of what stands on record, and of what writes and does not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tenants.record.objects import known_kinds
from tenants.record.words import SAID, act_words, words
from tests.tenants.recorded import RECORDS, ROOT, WRITES, leads_to, read, services

AUDIT = (ROOT / "tenants" / "AUDIT.md").read_text()
SOURCE = read()
_ACT = re.compile(r"[a-z][a-z_]*\.[a-z][a-z_]*")


def _first_cells(heading: str) -> list[str]:
    """Every `name` in the first column of the table under a heading."""
    section = AUDIT.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    return [name for row in rows for name in re.findall(r"`([^`]+)`", row.split("|")[1])]


def _commands() -> list[str]:
    paths = [*ROOT.glob("tenants/management/commands/*.py"), *ROOT.glob("engagement/*/management/commands/*.py")]
    return sorted(path.stem for path in paths if path.stem != "__init__")


def test_every_act_has_its_line_and_every_line_its_act() -> None:
    listed = _first_cells("Acts")
    assert len(listed) == len(set(listed))
    assert set(listed) == SOURCE.acts, "add a line to the table of acts in tenants/AUDIT.md, or take one out"


def test_every_act_and_kind_can_be_said_in_another_language() -> None:
    assert sorted({act_words(act) for act in SOURCE.acts} - SAID) == [], "mark it in tenants/record/words.py"
    assert sorted({words(kind) for kind in known_kinds()} - SAID) == [], "mark it in tenants/record/words.py"


def test_every_act_can_be_read_where_it_is_put_on_record() -> None:
    assert SOURCE.unreadable == [], "write act= as a literal, or take it from a table of the module"


def test_an_act_is_what_was_done_to_what() -> None:
    assert [act for act in SOURCE.acts if not _ACT.fullmatch(act)] == []


def test_every_service_that_writes_is_on_record_or_on_the_list_with_a_reason() -> None:
    listed = set(_first_cells("Services that write and put nothing there"))
    forgotten = {
        f"{name} ({where})"
        for name, where in services().items()
        if leads_to(SOURCE, name, end=WRITES) and not leads_to(SOURCE, name, end=RECORDS) and name not in listed
    }
    assert forgotten == set(), "call audit_append(), or say in tenants/AUDIT.md why not"


def test_nothing_on_the_list_of_reasons_is_gone_or_on_record() -> None:
    listed = _first_cells("Services that write and put nothing there")
    assert [name for name in listed if name not in SOURCE.calls] == []
    assert [name for name in listed if leads_to(SOURCE, name, end=RECORDS)] == []


def test_every_command_has_its_line() -> None:
    assert sorted(_first_cells("Commands")) == _commands(), "add a line to the table of commands in tenants/AUDIT.md"


@pytest.mark.parametrize("call", ["Row.objects.create(a=1)", "rows.update(a=1)", "row.save()", "queries.run('x')"])
def test_a_service_that_forgets_is_found(monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    path = ROOT / "tenants" / "services" / "members.py"
    monkeypatch.setattr(Path, "read_text", lambda _: f"def silent():\n    _do()\n\ndef _do():\n    {call}\n")
    found = read(iter([path]))
    assert leads_to(found, "silent", end=WRITES)
    assert not leads_to(found, "silent", end=RECORDS)


def test_an_act_that_is_put_together_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    path = ROOT / "tenants" / "services" / "members.py"
    monkeypatch.setattr(Path, "read_text", lambda _: 'audit_append(act=f"member.{what}")\n')
    assert read(iter([path])).unreadable == ["tenants/services/members.py:1"]
