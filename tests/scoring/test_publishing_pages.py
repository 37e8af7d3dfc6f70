"""Publishing on pages and in the API: every act asks first, says what it does, and holds who may do it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest
from django.test import Client

from engagement.insights.services import run_request, score
from engagement.scoring import services
from engagement.scoring.models import RunPointer, RunRequest, WeightSet
from engagement.scoring.selectors.weights import proposed_view
from tenants.models import Organisation, User
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.scoring.config import YESTERDAY, kept, published, signed_in, story
from tests.scoring.pages import form_of, url, words

TODAY = YESTERDAY + timedelta(days=1)
NEXT_WEEK = TODAY + timedelta(days=7)


@pytest.fixture(autouse=True)
def _now() -> Any:
    with patch("django.utils.timezone.now", return_value=NOW):
        yield


@pytest.fixture
def client(world: World) -> Client:
    return signed_in(world.consultant)


def _states(organisation: Organisation) -> list[tuple[int, str]]:
    with organisation_scope(organisation.id, write=False):
        return list(WeightSet.objects.order_by("number").values_list("number", "state"))


def _two_people(organisation: Organisation) -> None:
    with organisation_scope(organisation.id):
        Organisation.objects.filter(pk=organisation.pk).update(second_approver=True)


def _post(user: User, organisation: Organisation, path: str, **body: Any) -> Any:
    address = f"/api/v1/organisations/{organisation.slug}/weight-sets/{path}"
    return signed_in(user).post(address, body, content_type="application/json")


# ── pages ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_will_happen_is_said_for_the_days_that_are_chosen(world: World, client: Client) -> None:
    story(world.ours)
    published(world.ours, full_points=Decimal(20))
    kept(world.ours, full_points=Decimal(13))
    page = url(world.ours, "weights/draft/publish/")
    text = words(client.get(page))
    assert "The score of 1 March 2026 goes from 20.00 to 25.38. Points per customer go from 4.00 to 4.00." in text
    assert "20 customers move up from Poor to Good. No segment changes band." in text
    assert "a new line starts, and charts mark the change. Nobody’s past numbers change." in text
    text = words(client.get(page, {"effective_from": "2026-03-09", "restate_from": "2026-02-01"}))
    assert "Set 2 counts from 9 March 2026 on. A day that is still to come can be withdrawn until it begins." in text
    assert "Finished days from 1 February 2026 on are scored again with it, in the background" in text
    assert "past numbers change" in text
    assert "Nobody’s past" not in text
    assert "Nobody’s past" in words(client.get(page, {"restate_from": "2026-02-31"}))  # no day: the form says so


def test_a_set_is_scheduled_and_withdrawn_after_a_question(world: World, client: Client) -> None:
    story(world.ours)
    first = client.get(url(world.ours, "weights/draft/"))
    assert first.status_code == 200
    published(world.ours)
    kept(world.ours, window_days=60)
    page = client.get(url(world.ours, "weights/draft/publish/"))
    assert "Set 2 counts from yesterday on, the last finished day" in words(page)
    refused = client.post(
        url(world.ours, "weights/draft/publish/"), form_of(page, note="Why", effective_from=str(YESTERDAY))
    )
    assert list(refused.context["form"].errors) == ["effective_from"]
    asked = form_of(page, note="From next week", effective_from=str(NEXT_WEEK))
    answer = client.post(url(world.ours, "weights/draft/publish/"), asked, follow=True)
    text = words(answer)
    assert "Set 2 is scheduled: it counts from 9 March 2026." in text
    assert "Weight set 1 counts" in text
    assert "Weight set 2 counts from 9 March 2026" in words(client.get(url(world.ours, "weights/2/")))
    question = client.get(url(world.ours, "weights/2/withdraw/"))
    assert "Withdraw set 2?" in words(question)
    assert _states(world.ours) == [(1, "published"), (2, "scheduled")]
    answer = client.post(url(world.ours, "weights/2/withdraw/"), follow=True)
    assert "Set 2 is withdrawn." in words(answer)
    assert _states(world.ours) == [(1, "published"), (2, "withdrawn")]
    assert "not scheduled" in words(client.post(url(world.ours, "weights/2/withdraw/")))
    assert client.get(url(world.ours, "weights/2/withdraw/")).status_code == 302
    text = words(client.get(url(world.ours, "weights/2/")))
    assert "Weight set 2 was withdrawn" in text
    assert "Scheduled 2 Mar 2026, 09:00 Consultant" in text


def test_the_first_set_is_not_asked_for_days(world: World, client: Client) -> None:
    kept(world.ours)
    form = client.get(url(world.ours, "weights/draft/publish/")).context["form"]
    assert list(form.fields) == ["changed_at", "note"]


def test_two_people_publish_a_set(world: World, client: Client) -> None:
    published(world.ours)
    _two_people(world.ours)
    kept(world.ours, window_days=60)
    page = client.get(url(world.ours, "weights/draft/publish/"))
    assert "Propose weight set 2?" in words(page)
    answer = client.post(url(world.ours, "weights/draft/publish/"), form_of(page, note="Shorter"), follow=True)
    text = words(answer)
    assert "Set 2 waits for approval by another person." in text
    assert "Weight set 1 counts" in text
    assert "Start a draft" not in text
    assert "Set 2 waits for approval" in words(client.get(url(world.ours, "weights/draft/")))
    own = client.get(url(world.ours, "weights/2/approve/"))
    assert "another person approves it" in words(own)
    assert "Approve set 2" not in words(own)
    assert client.post(url(world.ours, "weights/2/approve/"), form_of(own)).status_code == 403
    other = signed_in(world.admin)
    page = other.get(url(world.ours, "weights/2/approve/"))
    assert "Set 2 counts at once, from yesterday (1 Mar 2026) on." in words(page)
    answer = other.post(url(world.ours, "weights/2/approve/"), form_of(page), follow=True)
    assert "Set 2 is published." in words(answer)
    assert _states(world.ours) == [(1, "retired"), (2, "published")]
    text = words(other.get(url(world.ours, "weights/2/")))
    assert f"by {world.consultant.name}, approved by {world.admin.name}: Shorter" in text
    again = other.post(url(world.ours, "weights/2/approve/"), form_of(page))
    assert (again.status_code, "does not wait" in words(again)) == (200, True)


def test_a_proposal_is_sent_back_with_a_reason(world: World, client: Client) -> None:
    published(world.ours)
    _two_people(world.ours)
    draft = kept(world.ours, window_days=60)
    with organisation_scope(world.ours.id):
        services.publish(
            organisation=world.ours, user=world.admin, note="Shorter", changed_at=draft.changed_at, now=NOW
        )
    page = client.get(url(world.ours, "weights/2/send-back/"))
    refused = client.post(url(world.ours, "weights/2/send-back/"), form_of(page, reason=" "))
    assert list(refused.context["form"].errors) == ["reason"]
    asked = form_of(page, reason="Too short")
    answer = client.post(url(world.ours, "weights/2/send-back/"), asked, follow=True)
    assert answer.redirect_chain == [(url(world.ours, "weights/draft/"), 302)]
    assert _states(world.ours) == [(1, "published"), (2, "draft")]
    assert "does not wait" in words(client.post(url(world.ours, "weights/2/send-back/"), asked))


def test_one_button_returns_to_an_earlier_set_and_names_what_is_left_out(world: World, client: Client) -> None:
    published(world.ours)
    published(world.ours, window_days=10)
    with organisation_scope(world.ours.id):
        services.archive_action(organisation=world.ours, key="social", now=NOW)
    assert "Return to this set" in words(client.get(url(world.ours, "weights/1/")))
    page = client.get(url(world.ours, "weights/1/return/now/"))
    text = words(page)
    assert "Left out, because archived: Social interaction." in text
    assert "takes the place of set 2 from yesterday on" in text
    assert form_of(page)["note"] == "Return to set 1"
    assert _states(world.ours) == [(1, "retired"), (2, "published")]
    answer = client.post(url(world.ours, "weights/1/return/now/"), form_of(page), follow=True)
    assert "Set 3 is published." in words(answer)
    assert _states(world.ours) == [(1, "retired"), (2, "retired"), (3, "published")]
    again = client.post(url(world.ours, "weights/1/return/now/"), form_of(page))
    assert "Another set has been put in force" in words(again)
    assert client.get(url(world.ours, "weights/3/return/now/")).status_code == 302


def _scored_with_two_sets(organisation: Organisation) -> list[date]:
    """Three days with set 1, then yesterday with set 2; the days, the newest first."""
    story(organisation)
    published(organisation)
    days = [YESTERDAY - timedelta(days=back) for back in range(4)]
    for day in reversed(days):
        score(organisation_id=organisation.id, as_of=day, cause="schedule", now=NOW)
    published(organisation, window_days=60)
    _work(organisation)
    return days


def _work(organisation: Organisation, *, at_most: int = 50) -> None:
    for _ in range(at_most):
        with organisation_scope(organisation.id, write=False):
            request = RunRequest.objects.filter(state="waiting").first()
        if request is None:
            return
        run_request(organisation_id=organisation.id, request_id=request.pk, now=NOW)


def _in_force(organisation: Organisation) -> dict[date, int]:
    with organisation_scope(organisation.id, write=False):
        return dict(RunPointer.objects.values_list("as_of", "run__weight_set__number"))


def test_the_past_is_restated_and_taken_back_with_its_progress_on_the_page(world: World, client: Client) -> None:
    days = _scored_with_two_sets(world.ours)
    assert "3 finished days were scored with other sets." in words(client.get(url(world.ours, "weights/2/")))
    page = client.get(url(world.ours, "weights/2/past/restate/"))
    assert form_of(page)["first_day"] == days[3]
    refused = client.post(url(world.ours, "weights/2/past/restate/"), {"first_day": str(YESTERDAY)})
    assert list(refused.context["form"].errors) == ["first_day"]
    answer = client.post(url(world.ours, "weights/2/past/restate/"), {"first_day": str(days[2])}, follow=True)
    assert "2 days will be scored again" in words(answer)
    assert "0 of 2 days scored again." in words(answer)
    assert 'hx-get="' in answer.content.decode()
    assert "0 of 2 past days are scored again" in words(client.get(url(world.ours, "weights/")))
    _work(world.ours, at_most=1)
    viewer = signed_in(world.viewer)
    part = viewer.get(url(world.ours, "weights/2/past/")).content.decode()
    assert "1 of 2 days scored again." in part
    assert "Cancel" not in part  # a viewer reads
    _work(world.ours)
    part = client.get(url(world.ours, "weights/2/past/")).content.decode()
    assert "2 of 2 days scored again." in part
    assert "hx-get" not in part
    assert _in_force(world.ours) == {days[0]: 2, days[1]: 2, days[2]: 2, days[3]: 1}
    question = client.get(url(world.ours, "weights/2/past/take-back/"))
    assert "2 days that have been scored again count as before" in words(question)
    answer = client.post(url(world.ours, "weights/2/past/take-back/"), follow=True)
    assert "2 days count as before." in words(answer)
    assert _in_force(world.ours) == {days[0]: 2, days[1]: 1, days[2]: 1, days[3]: 1}
    assert "taken back already" in words(client.post(url(world.ours, "weights/2/past/take-back/")))


def test_a_viewer_reads_and_does_nothing(world: World) -> None:
    published(world.ours)
    published(world.ours, window_days=10)
    client = signed_in(world.viewer)
    for path in ("return/now/", "approve/", "send-back/", "withdraw/", "past/restate/", "past/take-back/"):
        for method in (client.get, client.post):
            assert method(url(world.ours, f"weights/1/{path}")).status_code == 403, path
    assert "Return to this set" not in words(client.get(url(world.ours, "weights/1/")))
    for path in ("approve/", "send-back/", "withdraw/", "return/", "past/"):
        assert _post(world.viewer, world.ours, f"1/{path}").status_code == 403, path
    assert _states(world.ours) == [(1, "retired"), (2, "published")]


# ── API ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_api_schedules_withdraws_and_returns(world: World) -> None:
    published(world.ours)
    draft = kept(world.ours, window_days=60)
    asked = {"note": "Later", "changed_at": draft.changed_at.isoformat(), "effective_from": str(NEXT_WEEK)}
    answer = _post(world.consultant, world.ours, "draft/publish/", **asked)
    assert answer.status_code == 200
    assert {name: answer.json()[name] for name in ("number", "state", "effective_from", "in_force_at")} == {
        "number": 2, "state": "scheduled", "effective_from": "2026-03-09", "in_force_at": None,
    }  # fmt: skip
    assert _post(world.consultant, world.ours, "2/withdraw/").json()["state"] == "withdrawn"
    assert _post(world.consultant, world.ours, "2/withdraw/").status_code == 409
    published(world.ours, window_days=10)
    assert _post(world.consultant, world.ours, "1/return/", in_force=1).status_code == 409
    answer = _post(world.consultant, world.ours, "1/return/", in_force=3)
    assert (answer.json()["number"], answer.json()["note"]) == (4, "Return to set 1")
    assert answer.json()["effective_from"] == str(YESTERDAY)


def test_the_api_proposes_approves_and_sends_back(world: World) -> None:
    published(world.ours)
    _two_people(world.ours)
    draft = kept(world.ours, window_days=60)
    asked = {"note": "Shorter", "changed_at": draft.changed_at.isoformat()}
    sent = _post(world.consultant, world.ours, "draft/publish/", **asked).json()
    assert (sent["state"], sent["proposed_by"]) == ("proposed", world.consultant.name)
    for path, status in (("2/approve/", 403), ("1/approve/", 409), ("9/approve/", 404)):
        answer = _post(world.consultant, world.ours, path, changed_at=sent["changed_at"])
        assert answer.status_code == status
    assert _post(world.admin, world.ours, "2/approve/", changed_at=draft.changed_at.isoformat()).status_code == 409
    answer = _post(world.admin, world.ours, "2/send-back/", changed_at=sent["changed_at"])
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["reason"])
    back = _post(world.admin, world.ours, "2/send-back/", changed_at=sent["changed_at"], reason="No").json()
    assert back["state"] == "draft"
    asked["changed_at"] = back["changed_at"]
    sent = _post(world.consultant, world.ours, "draft/publish/", **asked).json()
    done = _post(world.admin, world.ours, "2/approve/", changed_at=sent["changed_at"]).json()
    assert (done["state"], done["published_by"], done["approved_by"]) == (
        "published", world.consultant.name, world.admin.name
    )  # fmt: skip
    with organisation_scope(world.ours.id, write=False):
        assert proposed_view(organisation=world.ours) is None


def test_the_api_restates_and_takes_back(world: World) -> None:
    days = _scored_with_two_sets(world.ours)
    assert signed_in(world.viewer).get(_past(world.ours)).json() == {"days_scored_otherwise": 3, "latest": None}
    answer = _post(world.consultant, world.ours, "2/past/", first_day=str(days[3]))
    assert answer.status_code == 202
    assert {name: answer.json()["latest"][name] for name in ("state", "days", "done", "first_day")} == {
        "state": "running", "days": 3, "done": 0, "first_day": str(days[3]),
    }  # fmt: skip
    assert _post(world.consultant, world.ours, "2/past/", first_day=str(days[3])).status_code == 409
    _work(world.ours)
    assert set(_in_force(world.ours).values()) == {2}
    answer = signed_in(world.consultant).delete(_past(world.ours))
    assert answer.json()["latest"]["state"] == "cancelled"
    assert answer.json()["days_scored_otherwise"] == 3
    assert signed_in(world.viewer).delete(_past(world.ours)).status_code == 403


def _past(organisation: Organisation) -> str:
    return f"/api/v1/organisations/{organisation.slug}/weight-sets/2/past/"


def test_a_consultant_cannot_do_without_the_second_person_an_admin_decides(world: World) -> None:
    address = f"/api/v1/organisations/{world.ours.slug}/"
    body = {"second_approver": True}
    assert signed_in(world.consultant).patch(address, body, content_type="application/json").status_code == 403
    answer = signed_in(world.admin).patch(address, body, content_type="application/json")
    assert answer.json()["second_approver"] is True
    draft = kept(world.ours)
    asked = {"note": "First", "changed_at": draft.changed_at.isoformat()}
    assert _post(world.admin, world.ours, "draft/publish/", **asked).json()["state"] == "proposed"
