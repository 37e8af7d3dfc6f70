"""An import of survey answers undone: what the file brought goes, what others brought stays, figures are asked for."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.utils import timezone

from engagement.companions.models import SurveyAnswer
from engagement.companions.services import read_events, set_measuring
from engagement.companions.types import Measuring
from engagement.ingest.models import Customer, Event, FileImport
from tenants.models import AuditEntry, Job, Organisation
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.ingest.sending import LATER, counts_of, one, rows, send, take, track
from tests.ingest.test_data_pages import as_person, page
from tests.ingest.test_imports_undone import undo
from tests.ingest.test_mapping_pages import work

HEADER = "customer,survey,score,day\n"
FILE = HEADER + "c1,nps,9,2025-12-30\n,nps,7,2025-12-30\n,nps,7,2025-12-30\n,csat,4,2025-11-02\n"

pytestmark = pytest.mark.usefixtures("uploads", "broker")


@pytest.fixture(autouse=True)
def known(world: World) -> None:
    """Whoever answers is known by an event, and has answered a program of theirs before."""
    send(world.ours, track(1, timestamp="2025-12-01T10:00:00Z"))
    with organisation_scope(world.ours.pk):
        SurveyAnswer.objects.create(
            organisation=world.ours, customer_number=Customer.objects.get().number, kind="nps", source="api", key="k",
            day=NOW.date(), value=2, received_at=NOW,
        )  # fmt: skip


def answers(organisation: Organisation) -> list[Any]:
    return rows(organisation, SurveyAnswer, "kind", "value", "source")


def test_its_answers_go_and_nobody_elses(world: World) -> None:
    theirs = take(world.other, FILE.replace("c1", ""), kind="answers")
    row = take(world.ours, FILE, kind="answers")
    assert (counts_of(theirs), counts_of(row)) == ((4, 0, 0), (4, 0, 0))
    done = undo(world.ours, row)
    assert (done.state, done.taken_out, done.undone_at is not None) == ("undone", 4, True)
    assert (answers(world.ours), len(answers(world.other))) == ([("nps", 2, "api")], 4)
    assert (len(rows(world.ours, Event, "day")), rows(world.ours, Customer, "external_id")) == (1, ["c1"])
    (said,) = rows(world.ours, AuditEntry, "content", act="import.undone")
    assert json.loads(said)["new"] == {"answers": 4, "customers_put_back": 0, "customers_taken_out": 0}
    again = take(world.ours, FILE, kind="answers", now=LATER)
    assert counts_of(again) == (4, 0, 0)  # the same file can be taken again


def test_an_answer_that_came_again_goes_with_the_file_that_brought_it(world: World) -> None:
    first = take(world.ours, FILE, kind="answers")
    longer = FILE + ",nps,7,2025-12-30\n"
    second = take(world.ours, longer, kind="answers", now=LATER)
    assert counts_of(second) == (1, 4, 0)
    assert undo(world.ours, first).taken_out == 4
    assert answers(world.ours) == [("nps", 2, "api"), ("nps", 7, "file")]
    assert counts_of(take(world.ours, longer, kind="answers", now=LATER)) == (4, 1, 0)


def test_the_figures_of_its_months_are_asked_for(world: World) -> None:
    row = take(world.ours, FILE, kind="answers")
    with organisation_scope(world.ours.pk):
        measuring = Measuring(nps_event="survey", nps_property="nps")
        set_measuring(organisation=world.ours, measuring=measuring, user=None, now=NOW)
        Job.objects.all().delete()
    undo(world.ours, row)
    assert rows(world.ours, Job, "kind") == ["companions.figures"]


def test_answers_read_from_its_events_go_with_them_and_so_does_who_gave_them(world: World) -> None:
    with organisation_scope(world.ours.pk):
        measuring = Measuring(nps_event="survey", nps_property="nps")
        set_measuring(organisation=world.ours, measuring=measuring, user=None, now=NOW)
    asked = {"event": "survey", "timestamp": "2025-12-30T10:00:00Z", "properties": {"nps": 3}}
    send(world.ours, track(2, userId="c1", **asked))
    row = take(world.ours, "customer,event,date,nps\nc1,survey,2025-12-30,8\nk9,survey,2025-12-30,10\n")
    assert read_events(organisation_id=world.ours.pk, now=LATER) == 3
    assert undo(world.ours, row).found["gone"] == 1
    assert answers(world.ours) == [("nps", 2, "api"), ("nps", 3, "event")]
    assert rows(world.ours, Customer, "external_id") == ["c1"]


def test_undoing_answers_asks_first_and_says_what_goes(world: World) -> None:
    row = take(world.ours, FILE, kind="answers")
    with organisation_scope(world.ours.pk):
        FileImport.objects.update(finished_at=timezone.now())
    client, address = as_person(world.consultant), page("import-undo", world.ours, row.pk)
    assert address in client.get(page("import", world.ours, row.pk)).content.decode()
    text = client.get(address).content.decode()
    assert "Every answer it brought is deleted" in text
    assert "Every event it brought" not in text
    assert len(answers(world.ours)) == 5  # asking takes nothing
    assert client.post(address).status_code == 302
    work(world, row.pk, LATER)
    text = client.get(page("import", world.ours, row.pk)).content.decode()
    assert ("The import is undone" in text, "Answers taken out" in text) == (True, True)
    assert (one(world.ours, FileImport, row.pk).taken_out, len(answers(world.ours))) == (4, 1)
    assert as_person(world.viewer).post(address).status_code == 403
    assert as_person(world.stranger).post(address).status_code == 404
