"""Whoever owns the database can write anything into it; the verifier finds it, and names the first link it broke."""

from __future__ import annotations

import io
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from structlog.testing import capture_logs

from tenants.audit import audit_append, genesis, link
from tenants.record import verifying
from tenants.record.ends import log_record_ends
from tenants.record.verifying import Break, Wrong, verify_record
from tenants.scope import organisation_scope
from tenants.tenancy import new_id
from tests import database
from tests.conftest import World, build_world

TAMPERINGS = 1_000
LENGTH = 40
_COLUMNS = "organisation_id, id, number, at, content, hash"

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


@dataclass
class Table:
    """One organisation's record in the hands of somebody who may write what they like."""

    db: psycopg.Connection
    organisation_id: int
    elsewhere: int  # another organisation
    dice: random.Random
    n: int

    def run(self, statement: str, **values: Any) -> Any:
        return self.db.execute(statement, {"o": self.organisation_id, **values})

    def any_number(self, last: int | None = None) -> int:
        return self.dice.randint(1, last or self.n)

    def row(self, number: int) -> Any:
        """Time, content and hash."""
        return self.run(
            "SELECT at, content, hash FROM tenants_auditentry WHERE organisation_id = %(o)s AND number = %(k)s",
            k=number,
        ).fetchone()

    def end(self) -> bytes:
        return bytes(
            self.run("SELECT hash FROM tenants_auditchain WHERE organisation_id = %(o)s").fetchone()[0]
        )  # fmt: skip

    def other_content(self, number: int) -> str:
        """The same text with one bit flipped somewhere where it stays JSON."""
        content: str = self.row(number)[1]
        digits = [at for at, sign in enumerate(content) if sign in "0123456789"]
        while True:
            at = self.dice.choice(digits)
            text = content[:at] + chr(ord(content[at]) ^ 1) + content[at + 1 :]
            try:
                json.loads(text)
            except ValueError:
                continue
            return text

    def rehash(self, *, since: int) -> None:
        """Compute every hash from an entry on anew, as somebody would who has read our source."""
        before = bytes(self.row(since - 1)[2]) if since > 1 else genesis(self.organisation_id)
        for number in range(since, self.n + 1):
            at, content, _ = self.row(number)
            before = link(before, number=number, at=at, content=content)
            self.update("hash = %(hash)s", number, hash=before)

    def update(self, what: str, number: int, **values: Any) -> None:
        done = self.run(
            f"UPDATE tenants_auditentry SET {what} WHERE organisation_id = %(o)s AND number = %(k)s",
            k=number,
            **values,
        )
        assert done.rowcount == 1

    def keep(self) -> None:
        self.db.execute(f"CREATE TEMP TABLE kept AS SELECT {_COLUMNS} FROM tenants_auditentry")
        self.db.execute("CREATE TEMP TABLE kept_end AS SELECT * FROM tenants_auditchain")

    def restore(self) -> None:
        self.db.execute("DELETE FROM tenants_auditentry; DELETE FROM tenants_auditchain")
        self.db.execute(f"INSERT INTO tenants_auditentry ({_COLUMNS}) SELECT {_COLUMNS} FROM kept")
        self.db.execute("INSERT INTO tenants_auditchain SELECT * FROM kept_end")


Found = tuple[int, set[Wrong]]  # the first broken link, and what may be said of it
Expected = dict[int, bytes]


def a_content_bit(table: Table) -> Found:
    k = table.any_number()
    table.update("content = %(content)s", k, content=table.other_content(k))
    return k, {Wrong.CHANGED}


def a_hash_bit(table: Table) -> Found:
    k, bit = table.any_number(), table.dice.randrange(256)
    table.update("hash = set_bit(hash, %(bit)s, 1 - get_bit(hash, %(bit)s))", k, bit=bit)
    return k, {Wrong.REHASHED} if k < table.n else {Wrong.CHANGED}


def another_time(table: Table) -> Found:
    k = table.any_number()
    table.update("at = at + interval '1 microsecond'", k)
    return k, {Wrong.CHANGED}


def two_change_places(table: Table) -> Found:
    i, j = sorted(table.dice.sample(range(1, table.n + 1), 2))
    swap = f"UPDATE tenants_auditentry SET number = {i} + {j} - number"
    table.run(f"{swap} WHERE organisation_id = %(o)s AND number IN ({i}, {j})")
    return i, {Wrong.MOVED}


def three_change_places(table: Table) -> Found:
    i, j, k = sorted(table.dice.sample(range(1, table.n + 1), 3))
    table.run(
        f"UPDATE tenants_auditentry SET number = CASE number WHEN {i} THEN {j} WHEN {j} THEN {k} ELSE {i} END "
        f"WHERE organisation_id = %(o)s AND number IN ({i}, {j}, {k})"
    )
    return i, {Wrong.MOVED}


def one_is_deleted(table: Table) -> Found:
    k = table.any_number(table.n - 1)
    table.run("DELETE FROM tenants_auditentry WHERE organisation_id = %(o)s AND number = %(k)s", k=k)
    return k, {Wrong.MISSING}


def the_last_are_deleted(table: Table) -> Found:
    k = table.any_number()
    table.run("DELETE FROM tenants_auditentry WHERE organisation_id = %(o)s AND number >= %(k)s", k=k)
    return k, {Wrong.CUT_OFF}


def one_is_given_to_somebody_else(table: Table) -> Found:
    k = table.any_number(table.n - 1)
    table.update("organisation_id = %(other)s, number = 1000000", k, other=table.elsewhere)
    return k, {Wrong.MISSING}


def one_is_put_in(table: Table) -> Found:
    """Among the others, which make room for it."""
    k = table.any_number()
    table.run(
        "UPDATE tenants_auditentry SET number = number + 1 WHERE organisation_id = %(o)s AND number >= %(k)s", k=k
    )
    at, _, digest = table.row(k + 1)
    _insert(table, k, at=at, content=table.other_content(k + 1), digest=digest)
    return k, {Wrong.CHANGED}


def one_is_doubled(table: Table) -> Found:
    k = table.any_number()
    at, _, digest = table.row(k)
    _insert(table, k, at=at, content=table.other_content(k), digest=digest)
    return k, {Wrong.DOUBLED}  # an id made later sorts behind


def one_is_put_behind_the_end(table: Table) -> Found:
    at, content, digest = table.row(table.n)
    fitting = link(bytes(digest), number=table.n + 1, at=at, content=content)
    _insert(table, table.n + 1, at=at, content=content, digest=fitting)
    return table.n + 1, {Wrong.ADDED}


def all_hashes_from_one_on(table: Table) -> Found:
    k = table.any_number()
    table.update("content = %(content)s", k, content=table.other_content(k))
    table.rehash(since=k)
    return table.n, {Wrong.END_DIFFERS}


def the_end(table: Table) -> Found:
    how = table.dice.choice(["hash = sha256(hash)", "number = number + 1", "number = number - 1", ""])
    if not how:
        table.run("DELETE FROM tenants_auditchain WHERE organisation_id = %(o)s")
        return table.n, {Wrong.END_MISSING}
    table.run(f"UPDATE tenants_auditchain SET {how} WHERE organisation_id = %(o)s")
    if "number" not in how:
        return table.n, {Wrong.END_DIFFERS}
    return (table.n + 1, {Wrong.CUT_OFF}) if "+" in how else (table.n, {Wrong.ADDED})


def all_hashes_and_the_end(table: Table) -> Found:
    """Nothing inside the database shows this; a number and a hash kept elsewhere do."""
    k = table.any_number()
    table.update("content = %(content)s", k, content=table.other_content(k))
    table.rehash(since=k)
    table.run(
        "UPDATE tenants_auditchain SET hash = %(hash)s WHERE organisation_id = %(o)s", hash=table.row(table.n)[2]
    )  # fmt: skip
    return table.n, {Wrong.NOT_AS_NOTED}


def cut_off_with_a_fitting_end(table: Table) -> Found:
    k = table.any_number(table.n - 1)
    table.run("DELETE FROM tenants_auditentry WHERE organisation_id = %(o)s AND number > %(k)s", k=k)
    table.run(
        "UPDATE tenants_auditchain SET number = %(k)s, hash = %(hash)s WHERE organisation_id = %(o)s",
        k=k, hash=table.row(k)[2],
    )  # fmt: skip
    return k + 1, {Wrong.CUT_OFF}


def _insert(table: Table, number: int, *, at: Any, content: str, digest: bytes) -> None:
    table.run(
        f"INSERT INTO tenants_auditentry ({_COLUMNS}) VALUES (%(o)s, %(id)s, %(k)s, %(at)s, %(content)s, %(hash)s)",
        id=new_id(), k=number, at=at, content=content, hash=digest,
    )  # fmt: skip


SEEN_INSIDE: tuple[Callable[[Table], Found], ...] = (
    a_content_bit, a_hash_bit, another_time, two_change_places, three_change_places, one_is_deleted,
    the_last_are_deleted, one_is_given_to_somebody_else, one_is_put_in, one_is_doubled, one_is_put_behind_the_end,
    all_hashes_from_one_on, the_end,
)  # fmt: skip
SEEN_FROM_OUTSIDE = (all_hashes_and_the_end, cut_off_with_a_fitting_end)


@pytest.fixture
def table() -> Iterator[Table]:
    world = build_world()
    _act(world, LENGTH - 1)
    with psycopg.connect(database.admin_url(database.DATABASE), autocommit=True) as db:
        found = db.execute("SELECT number FROM tenants_auditchain WHERE organisation_id = %s", [world.ours.id])
        (n,) = found.fetchone() or (0,)
        # The owner of a database takes away what stands in the way first.
        db.execute("ALTER TABLE tenants_auditentry DROP CONSTRAINT tenants_auditentry_number")
        made = Table(db, world.ours.id, world.other.id, random.Random(4), n)
        made.keep()
        try:
            yield made
        finally:
            made.restore()
            db.execute(
                "ALTER TABLE tenants_auditentry ADD CONSTRAINT tenants_auditentry_number "
                "UNIQUE (organisation_id, number)"
            )


def _act(world: World, times: int) -> None:
    with organisation_scope(world.ours.id):
        for mark in range(times):
            audit_append(act="test.done", object_kind="test", object_id=mark, new={"mark": f"é {mark}"})


def _broken(table: Table, expected: Expected | None = None) -> Break | None:
    return verify_record(organisation_id=table.organisation_id, expected=expected).broken


def test_a_thousand_tamperings_are_found_and_the_first_broken_link_is_named(table: Table) -> None:
    kept = {table.n: table.end()}
    assert _broken(table, kept) is None
    done: Counter[str] = Counter()
    for _ in range(TAMPERINGS):
        tamper = table.dice.choice(SEEN_INSIDE + SEEN_FROM_OUTSIDE)
        number, wrong = tamper(table)
        found = _broken(table, kept if tamper in SEEN_FROM_OUTSIDE else None)
        assert found is not None, tamper.__name__
        assert (found.number, {found.wrong}) == (number, wrong), tamper.__name__
        done[tamper.__name__] += 1
        table.restore()
    assert _broken(table, kept) is None
    assert min(done[one.__name__] for one in SEEN_INSIDE + SEEN_FROM_OUTSIDE) >= TAMPERINGS // 30


@pytest.mark.parametrize("tamper", SEEN_FROM_OUTSIDE)
def test_what_is_written_anew_with_its_end_shows_only_against_a_hash_kept_elsewhere(
    table: Table, tamper: Callable[[Table], Found]
) -> None:
    tamper(table)
    assert _broken(table) is None


def test_without_the_comparison_of_hashes_nobody_would_see_a_changed_word(table: Table) -> None:
    a_content_bit(table)
    with patch.object(verifying, "_hash_problem", return_value=None):
        assert _broken(table) is None
    assert _broken(table) is not None


def test_an_end_kept_long_ago_still_holds_when_the_record_has_grown(world: World) -> None:
    _act(world, 3)
    found = verify_record(organisation_id=world.ours.id)
    assert found.end is not None
    _act(world, 2)
    later = verify_record(organisation_id=world.ours.id, expected={found.end.number: found.end.hash})
    assert (later.broken, later.entries) == (None, found.entries + 2)


def test_a_record_is_read_in_batches(world: World) -> None:
    _act(world, 25)
    with patch.object(verifying, "AT_ONCE", 10), CaptureQueriesContext(connection) as asked:
        found = verify_record(organisation_id=world.ours.id)
    assert found.broken is None
    assert sum("FROM tenants_auditentry" in query["sql"] for query in asked) == found.entries // 10 + 1


# ── the command, and the log ─────────────────────────────────────────────────────────────────────────────────


def _run(*arguments: str) -> list[str]:
    out = io.StringIO()
    call_command("verify_record", *arguments, stdout=out)
    return out.getvalue().splitlines()


def test_the_command_prints_every_end_in_the_form_it_takes_back(world: World) -> None:
    lines = _run()
    slugs = sorted(one.slug for one in (world.firm, world.ours, world.other, world.strangers_firm, world.strange))
    assert [line.split(":")[0] for line in lines] == slugs
    (ours,) = [line for line in lines if line.startswith(f"{world.ours.slug}:")]
    assert _run(world.ours.slug, "--expect", ours) == [ours]
    assert _run("--expect", ours) == [ours]


def test_the_command_fails_and_names_what_is_broken(table: Table) -> None:
    slug = table.run("SELECT slug FROM tenants_organisation WHERE id = %(o)s").fetchone()[0]
    kept = f"{slug}:{table.n}:{table.end().hex()}"
    one_is_deleted(table)
    out = io.StringIO()
    with pytest.raises(CommandError, match="1 of 1 records do not hold"):
        call_command("verify_record", slug, stdout=out)
    assert out.getvalue().startswith(f"{slug}: broken at entry ")
    table.restore()
    all_hashes_and_the_end(table)
    assert _run(slug)
    with pytest.raises(CommandError, match="do not hold"):
        _run("--expect", kept)


@pytest.mark.parametrize("text", ["x", "x:1:zz", "x:0:" + "00" * 32, "x:1:00", ":1:" + "00" * 32])
def test_what_is_expected_has_to_be_an_end(text: str) -> None:
    with pytest.raises(CommandError, match="write it as this command printed it"):
        _run("--expect", text)


def test_the_ends_stand_in_the_log(world: World) -> None:
    with capture_logs() as lines:
        assert log_record_ends() == len(lines)
    end = verify_record(organisation_id=world.ours.id).end
    assert end is not None
    said = {"event": "record_ends", "organisation_id": world.ours.id, "number": end.number, "hash": end.hash.hex()}
    assert {**said, "log_level": "info"} in lines
