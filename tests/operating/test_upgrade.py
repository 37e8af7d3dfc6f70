"""Every release on file is brought up to date and works; the newest one also comes back as it was, row by row."""

from __future__ import annotations

import lzma
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db.migrations.loader import MigrationLoader
from psycopg import sql

from engagement.errors import NotFoundError
from engagement.operating.backup import restore_backup
from engagement.operating.facts import Facts, differences, read_facts
from engagement.operating.releases import FILE, Release, find_release, read_releases, way_back
from tests import database
from tests.operating.drill import look
from tests.operating.places import a_database, environment_of, manage, programs
from tests.operating.release import SAMPLES

RELEASES = read_releases(FILE.read_text())
NEWEST = RELEASES[0]
# Lists of what the code has, which Django writes anew after every migration; they say nothing of anybody.
_OF_THE_CODE = ("django_migrations", "django_content_type", "auth_permission")
pytestmark = pytest.mark.usefixtures("django_db_setup")


@contextmanager
def _restored(release: Release, folder: Path) -> Iterator[str]:
    """The release's sample in a database of its own, as its own code left it."""
    dump = folder / "sample.dump"
    dump.write_bytes(lzma.decompress((SAMPLES / f"{release.tag}.dump.xz").read_bytes()))
    with a_database("upgraded") as name:
        restore_backup(dump=dump, admin_url=database.admin_url(), database=name, programs=programs())
        yield name


@contextmanager
def _copied(name: str) -> Iterator[str]:
    copy = f"copy_{name}"
    database.drop(copy)
    with psycopg.connect(database.admin_url(), autocommit=True) as admin:
        admin.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY OWNER rapport_owner").format(
                sql.Identifier(copy), sql.Identifier(name)
            )
        )
    try:
        yield copy
    finally:
        database.drop(copy)


def _facts(name: str) -> Facts:
    """A function that a migration makes again may be broken into other lines."""
    with psycopg.connect(database.admin_url(name)) as connection:
        found = read_facts(connection)
    functions = {function: " ".join(text.split()) for function, text in found.catalogue["functions"].items()}
    return replace(found, catalogue={**found.catalogue, "functions": functions})


def _left(before: Facts, after: Facts) -> list[str]:
    ours = [line for line in differences(before, after) if not any(name in line for name in _OF_THE_CODE)]
    assert [table for table in before.rows if before.rows[table]], "an empty sample proves nothing"
    return ours


def _assert_it_works(environment: dict[str, str]) -> None:
    seen = look(environment)
    assert (seen["readyz"], seen["parts"]["migrations"]) == (200, "ok"), seen["parts"]
    assert len(seen["scorecards"]) == 2
    assert set(seen["scorecards"].values()) == {200}
    for run in seen["runs"]:
        assert (run["state"], run["number"]) == ("published", 1)
        before, again = run["sums"]
        assert before == again
        assert run["customers"][0] == run["customers"][1] > 0


@pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.tag)
def test_a_release_is_upgraded_and_the_previous_one_comes_back(release: Release, tmp_path: Path) -> None:
    with _restored(release, tmp_path) as name:
        before, environment = _facts(name), environment_of(name)
        manage("migrate", "--database", "owner", environment=environment)
        assert bool(_left(before, _facts(name))) is _is_behind(release)
        with _copied(name) as used:
            _assert_it_works(environment_of(used))
            if release == PREVIOUS:
                said = manage("roll_back", release.tag, environment=environment_of(used))
                assert f"as {release.tag} left it" in said
        if release == PREVIOUS:
            manage("roll_back", release.tag, environment=environment)
            assert _left(before, _facts(name)) == []


def _is_behind(release: Release) -> bool:
    """Whether something came after it."""
    return any(name != release.migrations.get(app) for app, name in MigrationLoader(None).graph.leaf_nodes())


# What somebody who upgrades today comes from, and would go back to.
PREVIOUS = next(release for release in RELEASES if _is_behind(release))


def test_a_released_migration_is_never_taken_away() -> None:
    known = set(MigrationLoader(None).disk_migrations)
    assert [(r.tag, *last) for r in RELEASES for last in r.migrations.items() if last not in known] == []


def test_every_tag_is_on_file_with_a_sample() -> None:
    tags = subprocess.run(
        ["git", "tag", "--list", "v*"], cwd=database.ROOT, capture_output=True, text=True, check=False
    )
    on_file = {f"v{release.tag}" for release in RELEASES}
    assert set(tags.stdout.split()) - on_file == set()
    assert {path.name for path in SAMPLES.iterdir()} == {f"{release.tag}.dump.xz" for release in RELEASES}


def test_apps_a_release_did_not_know_go_first_and_altogether() -> None:
    release = Release("1.0.0", NEWEST.date, "", {"b": "0002_x", "a": "0001_initial"})
    assert way_back(release, apps=["a", "b", "later", "also"]) == [
        ("also", "zero"), ("later", "zero"), ("a", "0001_initial"), ("b", "0002_x"),
    ]  # fmt: skip


def test_an_unknown_release_is_refused_with_those_there_are() -> None:
    with pytest.raises(NotFoundError, match=r"There was no release “9\.9\.9”. There were .*0\.2\.0"):
        find_release("9.9.9")
    with pytest.raises(CommandError, match="There was no release"):
        call_command("roll_back", "9.9.9")
    assert find_release("v0.2.0") == find_release("0.2.0")
