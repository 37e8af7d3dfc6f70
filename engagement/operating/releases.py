"""The releases there have been, and where each left the database: an upgrade starts there, a rollback goes there."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from engagement.errors import NotFoundError

FILE: Final = Path(__file__).with_name("releases.toml")


@dataclass(frozen=True, slots=True)
class Release:
    """`migrations`: the last one of each app; an app that is not named had none."""

    tag: str
    date: date
    what: str
    migrations: Mapping[str, str]


def read_releases(text: str) -> list[Release]:
    """As they stand in releases.toml, the newest first."""
    listed = tomllib.loads(text).get("release", [])
    found = [Release(one["tag"], one["date"], one["what"], dict(one["migrations"])) for one in listed]
    return sorted(found, key=lambda release: [int(part) for part in release.tag.split(".")], reverse=True)


def find_release(tag: str) -> Release:
    """Raises NotFoundError with the tags there are."""
    releases = read_releases(FILE.read_text())
    for release in releases:
        if release.tag == tag.removeprefix("v"):
            return release
    raise NotFoundError(f"There was no release “{tag}”. There were {', '.join(known.tag for known in releases)}.")


def way_back(release: Release, *, apps: Iterable[str]) -> list[tuple[str, str]]:
    """Arguments of `migrate`, in an order that works: apps that the release did not know go first, altogether."""
    unknown = sorted(set(apps) - set(release.migrations))
    return [*((app, "zero") for app in unknown), *sorted(release.migrations.items())]
