"""A file of feedback: looked at, taken in once, what cannot be used with its reason, and nothing lost half-way."""

from __future__ import annotations

import gzip
import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings

from engagement.errors import ConflictError, InvalidInputError, TooLargeError
from engagement.feedback import services
from engagement.feedback.models import FeedbackFile, FeedbackRejection
from engagement.feedback.selectors import files as file_selectors
from engagement.feedback.services import files
from engagement.feedback.services.erasing import erase_feedback
from engagement.feedback.services.files import read_file
from engagement.ingest.erasers import NotYetError, Person
from engagement.ingest.services.uploads import upload_path
from tenants.jobs import MAX_ATTEMPTS
from tenants.models import AuditEntry, Job
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.feedback.feedback_world import customers, kept, worked_off

CSV = """date,comment,customer_id,response_id,rating
2026-02-01,"The book was good.",c-1,1,5
2026-02-01T23:30:00-05:00,Today SUX!,c-2,2,1
2026-02-02,,c-1,3,
yesterday,Fine,c-1,4,
2026-02-03,Nobody knows me,c-404,5,
2026-02-03,"=HYPERLINK(""http://evil.example"")",,6,
2026-02-03,ok,,,
2026-02-03,ok,,,
"""


@pytest.fixture(autouse=True)
def _uploads(settings: LazySettings, tmp_path: Path) -> None:
    settings.UPLOAD_ROOT = str(tmp_path)


def looked_at(world: World, content: bytes | str = CSV, **more: Any) -> FeedbackFile:
    raw = content.encode() if isinstance(content, str) else content
    given = {"kind": "survey", "source": "Spring survey", "language": "", "file_name": "/tmp/spring.csv"}
    with organisation_scope(world.ours.pk):
        return services.look_at_file(
            organisation=world.ours, stream=io.BytesIO(raw), user=world.consultant, now=NOW, **{**given, **more}
        )


def taken_in(world: World, row: FeedbackFile) -> FeedbackFile:
    with organisation_scope(world.ours.pk):
        services.take_in_file(organisation=world.ours, file_id=row.pk, user=world.consultant, now=NOW)
    return read(world, row)


def read(world: World, row: FeedbackFile, *, now: Any = NOW) -> FeedbackFile:
    worked_off(world.ours, "feedback.read", read_file, now=now)
    with organisation_scope(world.ours.pk, write=False):
        return FeedbackFile.objects.get(pk=row.pk)


def counts(row: FeedbackFile) -> tuple[str, int, int, int]:
    return row.state, row.stored, row.duplicates, row.rejected


def test_looking_at_a_file_takes_nothing_in_and_shows_the_first_rows(world: World) -> None:
    row = looked_at(world)
    assert (row.file_name, row.state, kept(world)) == ("spring.csv", "looked_at", [])
    with organisation_scope(world.ours.pk, write=False):
        rows = file_selectors.preview(organisation=world.ours, file_id=row.pk)
        assert rows is not None
        assert [(one.line, one.customer, bool(one.reason)) for one in rows[:4]] == [
            (2, "c-1", False), (3, "c-2", False), (4, "c-1", False), (5, "", True),
        ]  # fmt: skip
        upload_path(row.stored_as).unlink()
        assert file_selectors.preview(organisation=world.ours, file_id=row.pk) is None


@pytest.mark.parametrize("pack", [False, True])
def test_what_can_be_used_is_taken_in_and_the_rest_says_why(world: World, pack: bool) -> None:
    customers(world.ours, "c-1", "c-2")
    row = taken_in(world, looked_at(world, gzip.compress(CSV.encode()) if pack else CSV))
    assert counts(row) == ("done", 5, 0, 3)
    rows = kept(world)
    assert [(one.text, one.customer_number, str(one.day)) for one in rows] == [
        ("The book was good.", 1, "2026-02-01"),
        ("Today SUX!", 2, "2026-02-02"),  # the local day, in UTC here
        ('=HYPERLINK("http://evil.example")', None, "2026-02-03"),
        ("ok", None, "2026-02-03"),
        ("ok", None, "2026-02-03"),
    ]
    assert {one.file_id for one in rows} == {row.pk}
    with organisation_scope(world.ours.pk, write=False):
        rejected = [(one.line, one.reason.split(":")[0]) for one in file_selectors.rejected_rows(row.pk)]
        assert rejected == [(4, "text"), (5, "The day cannot be read."), (6, "customer")]
        assert [one.act for one in AuditEntry.objects.filter(object_id=str(row.pk)).order_by("number")] == [
            "feedback_file.taken", "feedback_file.read",
        ]  # fmt: skip
    assert not upload_path(row.stored_as).exists()


def test_the_same_file_again_adds_nothing(world: World) -> None:
    customers(world.ours, "c-1", "c-2")
    assert counts(taken_in(world, looked_at(world)))[1] == 5
    assert counts(taken_in(world, looked_at(world))) == ("done", 0, 5, 3)
    assert counts(taken_in(world, looked_at(world, CSV + "2026-02-03,ok,,,\n"))) == ("done", 1, 5, 3)
    assert len(kept(world)) == 6


def test_a_file_that_broke_off_goes_on_after_the_last_chunk(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    customers(world.ours, "c-1", "c-2")
    monkeypatch.setattr(files, "AT_ONCE", 3)
    store, calls = files._store, []

    def dies(*args: Any, **named: Any) -> None:
        calls.append(args)
        if len(calls) == 2:
            raise RuntimeError
        store(*args, **named)

    monkeypatch.setattr(files, "_store", dies)
    row = looked_at(world)
    with pytest.raises(RuntimeError):
        taken_in(world, row)
    assert len(kept(world)) == 2
    row = read(world, row, now=NOW + timedelta(days=1))
    assert counts(row) == ("done", 5, 0, 3)
    with organisation_scope(world.ours.pk, write=False):
        assert FeedbackRejection.objects.count() == 3


def test_a_file_that_no_worker_gets_through_ends_and_holds_no_erasure_up(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*args: Any, **named: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(files, "_store", dies)
    row, killed = looked_at(world), looked_at(world)
    for back in range(MAX_ATTEMPTS):
        with pytest.raises(RuntimeError):
            taken_in(world, row) if not back else read(world, row, now=NOW + timedelta(days=back))
    with organisation_scope(world.ours.pk):
        row.refresh_from_db()
        assert (row.state, row.error.split(".")[0]) == ("failed", "Something went wrong on our side")
        services.take_in_file(organisation=world.ours, file_id=killed.pk, user=None, now=NOW)
        Job.objects.filter(subject=str(killed.pk)).update(state="failed")  # its worker was killed once too often
    person = Person(world.ours.pk, (1,), frozenset({("c-1", True)}), frozenset(), NOW)
    erase_feedback(person=person, now=NOW)
    with organisation_scope(world.ours.pk):
        killed.refresh_from_db()
    assert killed.state == "failed"
    assert not upload_path(killed.stored_as).exists()


def test_a_file_is_taken_in_once(world: World) -> None:
    row = looked_at(world)
    taken_in(world, row)
    with organisation_scope(world.ours.pk), pytest.raises(ConflictError):
        services.take_in_file(organisation=world.ours, file_id=row.pk, user=None, now=NOW)


def test_what_is_no_such_file_is_refused_and_leaves_nothing_behind(
    world: World, settings: LazySettings, tmp_path: Path
) -> None:
    for content in ("name,age\nAda,36\n", b"", "text,day".encode("utf-16")):
        with pytest.raises(InvalidInputError) as refused:
            looked_at(world, content)
        assert set(refused.value.fields) == {"file"}
    for wrong in ({"kind": "rumour"}, {"source": " "}):
        with pytest.raises(InvalidInputError):
            looked_at(world, **wrong)
    settings.UPLOAD_LIMIT_BYTES = 10
    with pytest.raises(TooLargeError):
        looked_at(world)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_not_utf8_further_down_is_refused_as_a_whole(world: World) -> None:
    row = taken_in(world, looked_at(world, b"day,text\n2026-02-01,fine\n2026-02-01,caf\xe9\n"))
    assert (row.state, kept(world)) == ("failed", [])
    assert "UTF-8" in row.error


def test_a_file_that_is_gone_says_so(world: World) -> None:
    row = looked_at(world)
    upload_path(row.stored_as).unlink()
    row = taken_in(world, row)
    assert (row.state, row.error) == ("failed", "The file is not on this machine any more. Upload it again.")


def test_somebody_erased_is_in_no_file_and_in_no_rejected_row(world: World) -> None:
    customers(world.ours, "c-1", "c-2")
    row = taken_in(world, looked_at(world))
    waiting, other = looked_at(world), looked_at(world, "day,text\n2026-02-01,hello\n")
    person = Person(world.ours.pk, (1,), frozenset({("c-1", True)}), frozenset(), NOW)
    counts = erase_feedback(person=person, now=NOW)
    assert counts == {"feedback": 1, "rejected rows of feedback": 2, "uploaded files": 1}
    assert not upload_path(waiting.stored_as).exists()
    assert upload_path(other.stored_as).exists()
    with organisation_scope(world.ours.pk, write=False):
        assert [one.line for one in file_selectors.rejected_rows(row.pk)] == [6]
    with organisation_scope(world.ours.pk):
        services.take_in_file(organisation=world.ours, file_id=other.pk, user=None, now=NOW)
    with pytest.raises(NotYetError):
        erase_feedback(person=person, now=NOW)
