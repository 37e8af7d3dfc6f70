"""What a list of exact versions must hold so that it can be installed by itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from importlib import metadata
from typing import Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

#: What any `venv` brings along.
GIVEN: Final = frozenset({"pip", "setuptools"})


def installed_needs(name: str) -> list[str]:
    """What the installed package says that it needs; nothing where it is not on this machine."""
    try:
        return metadata.requires(name) or []
    except metadata.PackageNotFoundError:
        return []


def locked(text: str) -> set[str]:
    """The names that a list of exact versions holds."""
    return {canonicalize_name(name) for name in re.findall(r"^([\w.-]+)(?:\[[\w,-]+\])?==", text, re.MULTILINE)}


def missing(wanted: Iterable[str], held: set[str], needs: Callable[[str], list[str]] = installed_needs) -> list[str]:
    """What is asked for, at any depth, and not on the list. Without it, `--no-deps` would leave it out in silence."""
    waiting = [(Requirement(line), "") for line in wanted]
    seen: set[tuple[str, str]] = set()
    problems = set()
    while waiting:
        requirement, asked_by = waiting.pop()
        name = canonicalize_name(requirement.name)
        if name not in held | GIVEN:
            problems.add(f"{asked_by or 'the short list'} needs {name}, which is not locked")
        for extra in ("", *requirement.extras):
            if (name, extra) not in seen:
                seen.add((name, extra))
                below = [Requirement(line) for line in needs(name)]
                waiting += [
                    (need, name) for need in below if need.marker is None or need.marker.evaluate({"extra": extra})
                ]
    return sorted(problems)


def resolving_installs(text: str) -> list[str]:
    """Installs by hash must not resolve: pip meets a newer release of `package[extra]` first, and has no hash of it."""
    lines = [line.strip() for line in text.splitlines()]
    return [
        f"“{line[:80]}” needs --no-deps" for line in lines if "--require-hashes" in line and "--no-deps" not in line
    ]
