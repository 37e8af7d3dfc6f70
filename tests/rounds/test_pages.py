"""The pages and the API of a round, as people and programs of a firm use them."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from engagement.rounds.models import Plan, Recipient
from engagement.rounds.services.planning import set_plan
from engagement.rounds.types import State
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests.benchmarks.pages import counted
from tests.conftest import World, api_token, make_client
from tests.reports.reading import signed_in, text_of
from tests.rounds.rounds_world import (
    FEBRUARY,
    approved,
    deliver,
    listed,
    mails,
    prepared,
    ready,
    scored,
    stands,
    work_off,
    written,
)

MONTH = {"month": "2026-02"}


def page(world: World, user: Any = None, **query: str) -> Any:
    return signed_in(user or world.consultant).get(reverse("rounds", args=[world.firm.slug]), {**MONTH, **query})


def post(world: World, route: str, organisation: Organisation, *arguments: Any, **typed: Any) -> Any:
    where = reverse(route, args=[organisation.slug, *arguments])
    return signed_in(world.consultant).post(where, {**MONTH, **typed}, follow=True)


def mind(client: Organisation, user: Any) -> None:
    with organisation_scope(client.pk):
        Organisation.objects.filter(pk=client.pk).update(minded_by=user.pk)


# ── the firm's page ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_round_of_three_from_nothing_to_sent(world: World) -> None:
    third = make_client(world.firm, "Third")
    clients = (world.ours, world.other, third)
    for one in (world.ours, third):
        scored(one)
    for one in clients:
        listed(one, f"board@{one.slug}.example")
    assert "This round is not prepared yet" not in text_of(page(world)), "one waits: it is not scored"
    said = text_of(post(world, "rounds-prepare", world.firm))
    assert "2 drafts are being prepared." in said
    assert "1 of 3 clients are through" in said
    part = page(world, part="progress")
    assert "1 of 3" in text_of(part)
    assert "<html" not in part.content.decode()
    work_off(*clients)
    assert "Nothing is being prepared any more." in text_of(page(world, part="progress"))
    said = text_of(page(world))
    assert "28 Feb 2026 is not scored." in said
    assert "The opening of the report is not written." in said
    written(third)
    assert "1 ready, 2 waiting for a decision" in text_of(page(world))
    asked = signed_in(world.consultant).get(reverse("rounds-approve", args=[world.firm.slug]), MONTH)
    assert "1 mail goes out" in text_of(asked)
    assert "board@third.example" in text_of(asked)
    said = text_of(post(world, "rounds-approve", world.firm, when="now", hour="8", client=[third.slug]))
    assert "1 report is approved." in said
    deliver_now(third)
    assert [one.to for one in mail.outbox] == [["board@third.example"]]
    assert "1 sent" in text_of(page(world))


def deliver_now(*clients: Organisation) -> None:
    """Pages ask by the clock of the machine."""
    deliver(timezone.now())


def test_only_the_clients_one_minds(world: World) -> None:
    for one in (world.ours, world.other):
        ready(one)
    mind(world.ours, world.consultant)
    mind(world.other, world.admin)
    mine = text_of(page(world, of="mine"))
    assert world.ours.name in mine
    assert world.other.name not in mine.partition("Clients in this round")[2]
    asked = (
        signed_in(world.consultant)
        .get(reverse("rounds-approve", args=[world.firm.slug]), {**MONTH, "of": "mine"})
        .content.decode()
    )
    assert f'value="{world.ours.slug}"' in asked
    assert f'value="{world.other.slug}"' not in asked


def test_a_viewer_and_a_stranger_see_no_round(world: World) -> None:
    client_round = reverse("round", args=[world.ours.slug])
    assert page(world, world.viewer).status_code == 404, "the firm is not theirs"
    assert page(world, world.stranger).status_code == 404
    assert signed_in(world.viewer).get(client_round).status_code == 403
    assert signed_in(world.stranger).get(client_round).status_code == 404
    assert signed_in(world.consultant).get(reverse("rounds", args=[world.ours.slug])).status_code == 404
    assert signed_in(world.consultant).get(reverse("round", args=[world.firm.slug])).status_code == 404


@pytest.mark.parametrize("month", ["2999-01", "2026-13", "x", "2026-02-28"])
def test_a_month_that_is_none_is_not_found(world: World, month: str) -> None:
    assert page(world, month=month).status_code == 404


def test_twenty_clients_cost_no_more_statements_than_one(world: World) -> None:
    def statements() -> int:
        client = signed_in(world.consultant)
        where = f"{reverse('rounds', args=[world.firm.slug])}?month=2026-02"
        client.get(where)
        with counted() as found:
            assert client.get(where).status_code == 200
        return len(found)

    ready(world.ours)
    few = statements()
    for n in range(18):
        one = make_client(world.firm, f"Client {n}")
        listed(one, f"board@{one.slug}.example")
        scored(one)
        prepared(one)
    assert statements() == few


def test_a_sample_shows_its_own_last_month_in_the_latest_round(world: World) -> None:
    ready(world.ours)
    with organisation_scope(world.ours.pk):
        Organisation.objects.filter(pk=world.ours.pk).update(sample_today="2026-03-10")
    latest = signed_in(world.consultant).get(reverse("rounds", args=[world.firm.slug]))
    assert "sample February 2026" in text_of(latest)
    assert "1 report is ready" in text_of(latest) or "1 ready" in text_of(latest)


def test_a_suspended_client_is_named_and_leads_nowhere(world: World) -> None:
    ready(world.ours)
    with organisation_scope(world.ours.pk):
        Organisation.objects.filter(pk=world.ours.pk).update(suspended_at="2026-03-01T00:00:00Z")
    found = page(world)
    assert "The client is suspended." in text_of(found)
    assert reverse("round-approve", args=[world.ours.slug]) not in found.content.decode()


def test_the_plan_of_a_firm_is_kept(world: World) -> None:
    typed = {"prepare_day": "3", "prepare_hour": "6", "send_day": "", "send_hour": "8", "due_days": "7"}
    assert "The plan is kept." in text_of(post(world, "rounds-plan", world.firm, **typed))
    with organisation_scope(world.firm.pk, write=False):
        plan = Plan.objects.get()
    assert (plan.prepare_day, plan.prepare_hour, plan.send_day, plan.due_days) == (3, 6, None, 7)
    refused = post(world, "rounds-plan", world.firm, **{**typed, "due_days": "0"})
    assert "greater than or equal to 1" in text_of(refused)


# ── one client ───────────────────────────────────────────────────────────────────────────────────────────────


def test_what_waits_has_to_be_seen_before_it_goes(world: World) -> None:
    scored(world.ours)
    listed(world.ours, "board@ours.example")
    prepared(world.ours)
    typed = {"when": "now", "hour": "8"}
    refused = text_of(post(world, "round-approve", world.ours, **typed))
    assert "Say that it goes out all the same. The opening of the report is not written." in refused
    assert mails(world.ours) == []
    said = text_of(post(world, "round-approve", world.ours, **typed, goes_on="on"))
    assert "Approved: 1 mail goes out." in said
    assert "board@ours.example" in said


def test_the_page_of_a_client_says_what_somebody_does_next(world: World) -> None:
    def said() -> str:
        return text_of(signed_in(world.consultant).get(reverse("round", args=[world.ours.slug]), MONTH))

    scored(world.ours)
    assert "It cannot be approved yet: see first to what must be settled." in said()
    listed(world.ours, "board@ours.example")
    assert "Prepare its draft, write the opening, then approve it." in said()
    prepared(world.ours)
    assert "Read the report. Then see to what waits, or approve it all the same." in said()
    written(world.ours)
    assert "Nothing waits. Read the report, then approve it." in said()


def test_an_unscored_client_shows_no_button_and_a_forged_post_is_refused(world: World) -> None:
    listed(world.ours, "board@ours.example")
    where = reverse("round-approve", args=[world.ours.slug])
    asked = signed_in(world.consultant).get(where, MONTH)
    assert "It cannot be approved now" in text_of(asked)
    forged = post(world, "round-approve", world.ours, when="now", hour="8", goes_on="on")
    assert "28 Feb 2026 is not scored." in text_of(forged)
    assert mails(world.ours) == []


def test_a_day_is_asked_for_where_one_is_chosen(world: World) -> None:
    ready(world.ours)
    assert "Choose a day." in text_of(post(world, "round-approve", world.ours, when="day", hour="8"))
    assert mails(world.ours) == []


def test_taken_back_left_out_and_taken_in(world: World) -> None:
    ready(world.ours)
    approved(world.ours, world.consultant)
    assert "withdrawn" in text_of(post(world, "round-take-back", world.ours))
    assert stands(world.ours).state is State.READY
    said = text_of(post(world, "round-leave-out", world.ours, because="They moved house."))
    assert "They moved house." in said
    assert "This field is required." in text_of(post(world, "round-leave-out", world.ours, because=" "))
    post(world, "round-take-in", world.ours)
    assert stands(world.ours).state is State.READY


def test_buttons_that_fit_no_state_say_so(world: World) -> None:
    scored(world.ours)
    assert "Nothing is approved in this round." in text_of(post(world, "round-send-now", world.ours))
    assert "Nothing is approved in this round." in text_of(post(world, "round-take-back", world.ours))


def test_who_gets_the_reports(world: World) -> None:
    refused = text_of(post(world, "round-recipients", world.ours, email="board@ours.example"))
    assert "Confirm that it belongs to the client." in refused
    assert "board@ours.example" in text_of(
        post(world, "round-recipients", world.ours, email="Board@ours.example", confirmed="on")
    )
    with organisation_scope(world.ours.pk, write=False):
        found = Recipient.objects.get()
    assert "Nobody gets the reports yet" in text_of(post(world, "round-recipient-remove", world.ours, found.pk))
    assert post(world, "round-recipient-remove", world.other, found.pk).status_code in {200, 404}


def test_how_a_clients_reports_go_out(world: World) -> None:
    typed = {"link_days": "14", "attaches_pdf": "on", "prepare_hour": "6", "send_hour": "8", "due_days": "5"}
    assert "go out like this" in text_of(post(world, "round-plan", world.ours, **typed))
    with organisation_scope(world.ours.pk, write=False):
        plan = Plan.objects.get()
    assert (plan.attaches_pdf, plan.sends_link, plan.has_own_times) == (True, False, False)
    neither = {**typed, "attaches_pdf": ""}
    neither.pop("attaches_pdf")
    assert "A mail brings a link, the PDF, or both." in text_of(post(world, "round-plan", world.ours, **neither))


def test_the_firms_times_stand_on_the_clients_page_for_people_of_the_firm(world: World) -> None:
    scored(world.ours)
    with organisation_scope(world.firm.pk):
        set_plan(organisation=world.firm, changes={"prepare_day": 3, "send_day": 5})
    said = text_of(signed_in(world.consultant).get(reverse("round", args=[world.ours.slug]), MONTH))
    assert "Prepared by itself on day 3, from 6:00; sent on day 5, from 8:00" in said


# ── programs ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_program_of_a_person_reads_approves_and_takes_back(world: World) -> None:
    ready(world.ours)
    program = Client(headers={"Authorization": f"Bearer {api_token(world.consultant)}"})
    base = f"/api/v1/organisations/{world.ours.slug}/round/"
    found = program.get(f"/api/v1/organisations/{world.firm.slug}/rounds/?month=2026-02").json()
    states = {one["organisation"]: one["state"] for one in found["clients"]}
    assert states == {world.ours.slug: "ready", world.other.slug: "waits"}
    approval = f"{base}approval/?month=2026-02"
    said = {"day": "2999-03-09", "hour": 9}
    made = program.post(approval, said, content_type="application/json")
    assert (made.status_code, made.json()["state"], made.json()["version"]) == (201, "approved", 1)
    assert made.json()["mails"] == {"waiting": 1}
    assert program.post(approval, said, content_type="application/json").status_code == 409
    assert program.delete(approval).json()["state"] == "ready"
    assert program.get(f"{base}?month=2026-02").json()["version"] is None
    viewer = Client(headers={"Authorization": f"Bearer {api_token(world.viewer)}"})
    assert viewer.get(base).status_code == 403
    stranger = Client(headers={"Authorization": f"Bearer {api_token(world.stranger)}"})
    assert stranger.get(base).status_code == 404


def test_a_program_keeps_the_list(world: World) -> None:
    program = Client(headers={"Authorization": f"Bearer {api_token(world.consultant)}"})
    base = f"/api/v1/organisations/{world.ours.slug}/round/recipients/"
    said = {"email": "board@ours.example"}
    refused = program.post(base, said, content_type="application/json")
    assert (refused.status_code, list(refused.json()["fields"])) == (400, ["confirmed"])
    made = program.post(base, {**said, "confirmed": True}, content_type="application/json").json()
    assert made == {"id": made["id"], "email": "board@ours.example", "is_member": False}
    assert program.get(base).json() == [made]
    assert program.delete(f"{base}{made['id']}/").status_code == 204
    assert program.get(base).json() == []
    assert stands(world.ours, last_day=FEBRUARY).recipients == ()
