"""Survey answers among imported files: read by the kind that ingest knows, each kept once, the bad named by line."""

from __future__ import annotations

import io
from datetime import date, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from engagement.companions import services
from engagement.companions.models import SurveyAnswer
from engagement.companions.services.imported import store_answers
from engagement.companions.services.uploads import look_at_file
from engagement.companions.tasks import answers as answers_task
from engagement.companions.types import Measuring
from engagement.ingest.files import AnswerIn, ReadingOf, StoredRows, kind_of
from engagement.ingest.files.answers import MOST_ANSWERS
from engagement.ingest.files.text_tables import TextTable
from engagement.ingest.types import Rejection
from tenants.models import Job
from tenants.scope import organisation_scope
from tests.companions.companion_world import make_shop
from tests.conftest import NOW, World
from tests.insights.scoring_world import Small

HEADER = "customer,survey,score,day,response_id\n"


@pytest.fixture
def shop(world: World, monkeypatch: pytest.MonkeyPatch) -> Small:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    return make_shop(world.ours)


def read(content: str, *, world: World, after: int = 0) -> list[AnswerIn | Rejection]:
    how = ReadingOf(time_zone=world.ours.zone, received_at=NOW, file_digest="ab" * 32, after=after)
    return list(kind_of("answers").read(TextTable(io.BytesIO(content.encode())), None, how))


def store(items: list[Any], *, world: World) -> StoredRows:
    with organisation_scope(world.ours.pk):
        good = [item for item in items if isinstance(item, AnswerIn)]
        return store_answers(organisation=world.ours, items=good, source_id=uuid4(), now=NOW)


def kept(world: World) -> list[tuple[Any, ...]]:
    with organisation_scope(world.ours.pk, write=False):
        return list(SurveyAnswer.objects.order_by("kind", "value", "day").values_list("kind", "value", "day", "source"))


def test_answers_of_a_file_are_kept_once_and_bad_ones_named(world: World, shop: Small) -> None:
    content = HEADER + (
        "c1,NPS,9,2025-12-01,r1\n,nps,9.0,2025-12-01,\n,nps,9,2025-12-01,\nc1,csat,6,2025-12-01,\n"
        "nobody,nps,1,2025-12-01,\nc1,stars,5,2025-12-01,\nc1,nps,,2025-12-01,\nc1,nps,5,soon,\n"
    )
    rows = read(content, world=world)
    assert [row.code for row in rows if isinstance(row, Rejection)] == ["missing_answer", "invalid_time"]
    first = store(rows, world=world)
    assert (first.stored, first.duplicates) == (3, 0)
    assert [(one.position, one.line, one.code) for one in first.rejections] == [
        (4, 5, "value"),
        (5, 6, "answer"),
        (6, 7, "survey"),
    ]
    assert all(one.original and one.reason.isprintable() for one in first.rejections)
    assert kept(world) == [("nps", 9, date(2025, 12, 1), "file")] * 3
    again = store(read(content, world=world), world=world)
    assert (again.stored, again.duplicates, len(again.rejections)) == (0, 3, 3)
    longer = store(read(content + ",nps,9,2025-12-01,\n", world=world), world=world)
    assert (longer.stored, longer.duplicates) == (1, 3)


def test_going_on_from_a_row_knows_what_was_said_before(world: World, shop: Small) -> None:
    content = HEADER + ",nps,9,2025-12-01,\n" * 5
    whole = read(content, world=world)
    assert [row.repeat for row in whole if isinstance(row, AnswerIn)] == [1, 2, 3, 4, 5]
    assert read(content, world=world, after=3) == whole[3:]
    store(whole[:3], world=world)
    assert store(read(content, world=world, after=3), world=world).stored == 2


def test_the_page_and_the_import_know_the_same_answers(world: World, shop: Small) -> None:
    file = SimpleUploadedFile("a.csv", b"customer,score,day\nc1,9,2025-12-01\n,7,2025-12-01\n")
    with organisation_scope(world.ours.pk):
        upload = look_at_file(organisation=world.ours, file=file, kind="nps", user=None, now=NOW)
        services.take_in(organisation=world.ours, upload_id=upload.pk, user=None, now=NOW)
        job = Job.objects.get(kind="companions.answers")
    answers_task(world.ours.pk, str(job.pk))
    assert len(kept(world)) == 2
    result = store(read(HEADER + "c1,nps,9,2025-12-01,\n,nps,7,2025-12-01,\n", world=world), world=world)
    assert (result.stored, result.duplicates) == (0, 2)


def test_new_answers_have_the_figures_computed(world: World, shop: Small) -> None:
    with organisation_scope(world.ours.pk):
        services.set_measuring(
            organisation=world.ours,
            measuring=Measuring(nps_event="survey", nps_property="nps"),
            user=None,
            now=NOW,
        )
        Job.objects.all().delete()
    store(read(HEADER + "c1,nps,9,2025-12-01,\n", world=world), world=world)
    with organisation_scope(world.ours.pk):
        assert Job.objects.filter(kind="companions.figures").count() == 1
        Job.objects.all().delete()
    store(read(HEADER + "c1,nps,9,2025-12-01,\n", world=world), world=world)
    with organisation_scope(world.ours.pk):
        assert not Job.objects.filter(kind="companions.figures").exists()


def test_a_file_holds_so_many_answers_and_no_more(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_ANSWERS == 200_000
    monkeypatch.setattr("engagement.ingest.files.answers.MOST_ANSWERS", 2)
    rows = read(HEADER + ",nps,9,2025-12-01,\n" * 4, world=world)
    assert [row.code if isinstance(row, Rejection) else "" for row in rows] == ["", "", "too_many", "too_many"]


def test_the_day_is_the_local_one(world: World) -> None:
    (row,) = read(HEADER + ",nps,9,2025-12-31T23:30:00Z,\n", world=world)
    assert isinstance(row, AnswerIn)
    assert row.day == datetime.fromisoformat("2025-12-31T23:30:00Z").astimezone(world.ours.zone).date()
