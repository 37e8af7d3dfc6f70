"""What the units, the Containerfile and the compose example say, read strictly: an unknown line is an error."""

from __future__ import annotations

import json
import shlex
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.database import ROOT

FOLDER = ROOT / "engagement" / "operating"
UNITS = sorted((FOLDER / "systemd").iterdir())
CONTAINERFILE = FOLDER / "container" / "Containerfile"
COMPOSE = FOLDER / "container" / "compose.yaml"
INSTALLED = "/opt/rapport"
PYTHON = f"{INSTALLED}/.venv/bin/python"


@dataclass(frozen=True)
class Unit:
    """Values by section and key, in their order; `service.get("ExecStart")` gives the only one."""

    name: str
    sections: dict[str, dict[str, list[str]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))

    def all(self, section: str, key: str) -> list[str]:
        return self.sections.get(section, {}).get(key, [])

    def one(self, section: str, key: str) -> str:
        [value] = self.all(section, key)
        return value

    @property
    def environment(self) -> dict[str, str]:
        """The variables of Environment= lines; specifiers as they are written."""
        return dict(text.split("=", 1) for text in self.all("Service", "Environment"))

    @property
    def credentials(self) -> dict[str, str]:
        return dict(text.split(":", 1) for text in self.all("Service", "LoadCredential"))

    @property
    def arguments(self) -> list[str]:
        """What follows the interpreter in ExecStart."""
        program, *arguments = shlex.split(self.one("Service", "ExecStart"))
        assert program == PYTHON, program
        return arguments


def read_unit(path: Path) -> Unit:
    unit, section = Unit(path.name), ""
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        if not line or line.startswith("#"):
            continue
        if line.startswith("[") and line.endswith("]"):
            section = line[1:-1]
            continue
        key, is_there, value = line.partition("=")
        assert section, f"{path.name}:{number} stands before any section"
        assert is_there, f"{path.name}:{number} has no value: {line}"
        assert key.isalnum(), f"{path.name}:{number} is no setting: {line}"
        unit.sections[section][key].append(value)
    return unit


def read_units() -> dict[str, Unit]:
    return {path.name: read_unit(path) for path in UNITS}


# ── containers ───────────────────────────────────────────────────────────────────────────────────────────────


def instructions(text: str) -> list[tuple[str, str]]:
    """(instruction, the rest) of a Containerfile, continued lines joined."""
    joined = "\n".join(line for line in text.splitlines() if not line.startswith("#")).replace("\\\n", " ")
    return [
        (word.upper(), rest.strip()) for word, _, rest in (line.partition(" ") for line in joined.splitlines() if line)
    ]


def exec_form(text: str) -> list[str]:
    """The list of an instruction in exec form; raises ValueError for the shell form, which swallows signals."""
    found = json.loads(text)
    if not isinstance(found, list) or not all(isinstance(part, str) for part in found):
        raise ValueError(text)
    return found


def read_compose() -> dict[str, Any]:
    return dict(yaml.safe_load(COMPOSE.read_text()))
