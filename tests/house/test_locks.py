"""The lists of exact versions can be installed alone, whatever is released meanwhile."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.house import locks

ROOT = Path(__file__).resolve().parents[2]


def _short(name: str) -> list[str]:
    lines = [line.partition("#")[0].strip() for line in (ROOT / name).read_text().splitlines()]
    return [line for line in lines if line and not line.startswith("-r")]


@pytest.mark.parametrize(
    ("short", "lock"),
    [
        (["requirements.in"], "requirements.txt"),
        (["requirements.in", "requirements-dev.in"], "requirements-dev.txt"),
    ],
    ids=["runtime", "work"],
)
def test_a_lock_holds_all_that_its_packages_need(short: list[str], lock: str) -> None:
    wanted = [line for name in short for line in _short(name)]
    held = locks.locked((ROOT / lock).read_text())
    assert len(held) > len(wanted)
    assert locks.missing(wanted, held) == []


def test_what_is_missing_is_found_at_any_depth() -> None:
    needs = {
        "a": ["b[fast]>=1", "c; extra == 'more'", "d; python_version < '3'"],
        "b": ["e; extra == 'fast'", "a"],
    }
    find = lambda wanted, held: locks.missing(wanted, held, lambda name: needs.get(name, []))  # noqa: E731
    assert find(["a"], {"a", "b", "e"}) == []
    assert find(["a[more]"], {"a", "b", "e"}) == ["a needs c, which is not locked"]
    assert find(["A"], {"a", "b"}) == ["b needs e, which is not locked"]
    assert find(["f"], {"a"}) == ["the short list needs f, which is not locked"]


def test_nothing_that_installs_by_hash_resolves() -> None:
    grep = ["git", "grep", "-l", "-e", "--require-hashes"]
    listed = subprocess.run(grep, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    paths = [path for path in listed if not path.startswith("tests/house/")]
    assert "Makefile" in paths
    assert [f"{path}: {line}" for path in paths for line in locks.resolving_installs((ROOT / path).read_text())] == []


def test_an_install_that_resolves_is_named() -> None:
    assert locks.resolving_installs("pip install --require-hashes -r a.txt") == [
        "“pip install --require-hashes -r a.txt” needs --no-deps"
    ]
    assert locks.resolving_installs("pip install --require-hashes --no-deps -r a.txt\npip install b") == []
