"""Survey answers come in by events, files and the API: each once, the good are kept, the bad are named."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from engagement.companions import services
from engagement.companions.models import SurveyAnswer, SurveyReading, SurveyUpload
from engagement.companions.services.erasing import erase_answers
from engagement.companions.tasks import answers as answers_task
from engagement.companions.types import Measuring
from engagement.ingest.erasers import Person
from engagement.ingest.models import Customer
from tenants.models import Job
from tenants.scope import organisation_scope
from tests.companions.companion_world import make_shop
from tests.conftest import NOW, World, api_token
from tests.ingest.sending import send, track
from tests.insights.scoring_world import Small

MEASURING = Measuring(nps_event="survey", nps_property="answers.nps", csat_event="survey", csat_property="csat")


@pytest.fixture
def shop(world: World, monkeypatch: pytest.MonkeyPatch) -> Small:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    return make_shop(world.ours)


def kept(small: Small) -> list[tuple[str, int, str]]:
    with organisation_scope(small.id, write=False):
        return list(SurveyAnswer.objects.order_by("kind", "value").values_list("kind", "value", "source"))


def _measure(small: Small, world: World, measuring: Measuring = MEASURING) -> None:
    with organisation_scope(small.id):
        services.set_measuring(organisation=world.ours, measuring=measuring, user=None, now=NOW)


def _survey(small: Small, at: int, **properties: Any) -> None:
    send(small.organisation, track(at, event="survey", userId="c1", properties=properties))


# ── events ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_events_are_read_once_whatever_is_read_again(world: World, shop: Small) -> None:
    _measure(shop, world)
    _survey(shop, 1, answers={"nps": 9}, csat=4)
    _survey(shop, 2, answers={"nps": "11"})
    later = NOW + timedelta(days=400)
    assert services.read_events(organisation_id=shop.id, now=later) == 2
    assert services.read_events(organisation_id=shop.id, now=later + timedelta(minutes=5)) == 0
    assert kept(shop) == [("csat", 4, "event"), ("nps", 9, "event")]
    with organisation_scope(shop.id):
        assert SurveyReading.objects.get().unusable == 1
        assert SurveyAnswer.objects.filter(customer_number__isnull=False).count() == 2


def test_other_settings_read_everything_anew(world: World, shop: Small) -> None:
    _measure(shop, world)
    _survey(shop, 1, answers={"nps": 9}, score=3)
    later = NOW + timedelta(days=400)
    services.read_events(organisation_id=shop.id, now=later)
    _measure(shop, world, Measuring(nps_event="survey", nps_property="score"))
    services.read_events(organisation_id=shop.id, now=later)
    assert kept(shop) == [("nps", 3, "event")]


# ── files ────────────────────────────────────────────────────────────────────────────────────────────────────

FILE = (
    b"day,value,customer\n2026-02-02,9,c1\n2026-02-02,9,c1\n2026-02-03,=1+1,c2\n2026-02-04,4,nobody\n"
    b"yesterday,4,\n2026-02-05,11,\n2030-01-01,4,\n2026-02-06,0,\n"
)


def _uploaded(small: Small, world: World, content: bytes = FILE) -> SurveyUpload:
    with organisation_scope(small.id):
        file = SimpleUploadedFile("answers.csv", content)
        return services.look_at_file(organisation=world.ours, file=file, kind="nps", user=None, now=NOW)


def _taken_in(small: Small, world: World, upload: SurveyUpload) -> SurveyUpload:
    with organisation_scope(small.id):
        services.take_in(organisation=world.ours, upload_id=upload.pk, user=None, now=NOW)
        job = Job.objects.get(kind="companions.answers", state="waiting")
    answers_task(small.id, str(job.pk))
    with organisation_scope(small.id):
        return SurveyUpload.objects.get(pk=upload.pk)


def test_a_file_is_looked_at_then_taken_in_and_again_adds_nothing(world: World, shop: Small) -> None:
    """Two of c1 on one day are two answers; of the others a formula, an unknown customer and three more are named."""
    upload = _uploaded(shop, world)
    assert (upload.good, upload.bad) == (3, 5)
    assert [row[0] for row in upload.rejected] == [4, 5, 6, 7, 8]
    assert kept(shop) == []
    upload = _taken_in(shop, world, upload)
    assert (upload.state, upload.good, upload.known, upload.content) == ("taken_in", 3, 0, "")
    assert kept(shop) == [("nps", 0, "file"), ("nps", 9, "file"), ("nps", 9, "file")]
    again = _taken_in(shop, world, _uploaded(shop, world))
    assert (again.good, again.known) == (3, 3)
    assert len(kept(shop)) == 3


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"when,what\n1,2\n", "day"),
        (b"", "empty"),
        ("day,value\n2026-02-02,9,Größe\n".encode("utf-16"), "UTF-8"),
        (b"day,value\n" + b"2026-02-02,9\n" * 20_001, "more than 20000 rows"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(world: World, shop: Small, content: bytes, said: str) -> None:
    client = Client()
    client.force_login(world.consultant)
    sent = {"kind": "nps", "file": SimpleUploadedFile("a.csv", content)}
    page = client.post(f"/o/{world.ours.slug}/companions/answers/", sent)
    assert page.status_code == 200
    assert said.lower() in page.content.decode().lower()


def test_the_pages_of_a_file(world: World, shop: Small) -> None:
    client, base = Client(), f"/o/{world.ours.slug}/companions/answers/"
    client.force_login(world.consultant)
    moved = client.post(base, {"kind": "nps", "file": SimpleUploadedFile("<b>.csv", FILE)})
    page = client.get(moved["Location"]).content.decode()
    assert "3 answers can be taken in" in page
    assert "No customer has this id." in page
    rejected = client.get(f"{moved['Location']}rejected.csv").content.decode()
    assert "2026-02-03,=1+1,c2" in rejected
    assert client.post(f"{moved['Location']}take-in/").status_code == 302
    assert client.post(f"{moved['Location']}withdraw/", follow=True).status_code == 200
    with organisation_scope(shop.id):
        assert SurveyUpload.objects.get().state == "waiting", "what is taken in cannot be thrown away"


# ── the API ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_of_a_list_the_good_are_kept_and_the_bad_are_named(world: World, shop: Small) -> None:
    one = {"day": "2026-02-02", "kind": "csat", "value": 5, "key": "r-1", "customer": "c1"}
    sent = [one, one | {"key": "r-2", "value": 6}, {"kind": "nps"}, one | {"key": "r-3", "customer": "x"}, one]
    address = f"/api/v1/organisations/{world.ours.slug}/companions/answers/"
    headers = {"authorization": f"Bearer {api_token(world.consultant)}"}
    body = json.dumps({"answers": sent})
    answer = Client().post(address, body, content_type="application/json", headers=headers).json()
    assert (answer["kept"], answer["known"]) == (2, 1), "the same key twice is one answer"
    assert [bad["position"] for bad in answer["bad"]] == [1, 2, 3]
    assert "from 1 to 5" in answer["bad"][0]["reason"]
    assert kept(shop) == [("csat", 5, "api")]


def test_the_api_gives_figures_settings_and_money(world: World, shop: Small) -> None:
    base = f"/api/v1/organisations/{world.ours.slug}/companions/"
    headers = {"authorization": f"Bearer {api_token(world.consultant)}"}
    client = Client(headers=headers)
    assert client.get(base).json()["settings"] is None
    assert client.get(f"{base}settings/").json()["number"] == 0
    put = client.put(f"{base}settings/", json.dumps({"value_months": 3}), content_type="application/json")
    assert (put.status_code, put.json()["number"], put.json()["measuring"]["value_months"]) == (200, 1, 3)
    entry = {"month": "2026-01-09", "kind": "programme", "amount": "12.5", "note": "ledger"}
    made = client.post(f"{base}money/", json.dumps(entry), content_type="application/json")
    assert (made.status_code, made.json()[0]["amount"], made.json()[0]["month"]) == (201, "12.500", "2026-01-01")
    assert client.get(f"{base}?segment=nowhere").status_code == 404


# ── erasing ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_somebody_erased_leaves_no_answer_and_no_waiting_file(world: World, shop: Small) -> None:
    upload = _taken_in(shop, world, _uploaded(shop, world))
    waiting = _uploaded(shop, world, b"day,value,customer\n2026-02-02,9,C1\n")
    other = _uploaded(shop, world, b"day,value,customer\n2026-02-02,9,c2\n")
    with organisation_scope(shop.id):
        SurveyUpload.objects.filter(pk=upload.pk).update(rejected=[[3, "no", "2026,4,c1"], [4, "no", "2026,4,c2"]])
        number = Customer.objects.get(external_id="c1").number
    person = Person(shop.id, (number,), frozenset({("c1", True)}), frozenset(), NOW)
    assert erase_answers(person=person, now=NOW) == {"survey answers": 2, "files of survey answers": 2}
    with organisation_scope(shop.id):
        assert set(SurveyUpload.objects.values_list("pk", flat=True)) == {upload.pk, other.pk}
        assert SurveyUpload.objects.get(pk=upload.pk).rejected == [[4, "no", "2026,4,c2"]]
    assert waiting.pk
    assert kept(shop) == [("nps", 0, "file")]
    assert erase_answers(person=person, now=NOW) == {"survey answers": 0, "files of survey answers": 0}
