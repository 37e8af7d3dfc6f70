"""Customers at risk on their pages and in the API: who may, what stands there, outreach to its outcome."""

from __future__ import annotations

import re
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from engagement.insights.models import Outreach
from engagement.insights.risk_types import Back, Became
from engagement.insights.terms import terms_of
from engagement.scorecards.present.at_risk import became_panel
from engagement.scoring.formula import share_95
from tenants.models import AuditEntry, LimitedTo, Membership
from tenants.scope import organisation_scope
from tests.conftest import World, api_token
from tests.insights.risk_world import STORY, make_client, ruled, taken_up
from tests.insights.scoring_world import AS_OF
from tests.scoring.config import signed_in

ON = AS_OF.isoformat()


def _text(response: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def _page(world: World, path: str = "", *, who: Any = None) -> str:
    answer = signed_in(who or world.consultant).get(f"/o/{world.ours.slug}/at-risk/{path}")
    assert answer.status_code == 200
    return _text(answer)


def _post(world: World, path: str, *, who: Any = None, **data: Any) -> Any:
    return signed_in(who or world.consultant).post(f"/o/{world.ours.slug}/at-risk/{path}", data)


def _rows(world: World) -> list[tuple[int, str, date | None, str, date | None]]:
    with organisation_scope(world.ours.pk, write=False):
        return [
            (one.customer_number, one.how, one.contacted_on, one.outcome, one.closed_on)
            for one in Outreach.objects.order_by("customer_number", "created_at")
        ]


def _api(world: World, who: Any) -> Client:
    return Client(headers={"authorization": f"Bearer {api_token(who)}"})


# ── pages ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_before_the_first_scoring_the_page_says_what_comes(world: World) -> None:
    assert "Nobody can be at risk before the first scoring" in _page(world)


def test_without_a_baseline_it_says_why_and_what_to_do(world: World) -> None:
    make_client(world.ours, {1: (None, None, 80, 0)})
    ruled(world.ours, by="week")
    text = _page(world)
    assert "No baseline yet" in text
    assert "Week to 22 February 2026: not scored" in text


def test_the_list_says_how_many_fell_and_from_where(world: World) -> None:
    make_client(world.ours, STORY)
    text = _page(world)
    assert "3 customers fell by 20 or more against their own baseline" in text
    assert "1 of them is newly silent: nothing in 20 days." in text
    assert re.search(r"c4 90\.00 0\.00 −90\.00 newly silent new", text)
    assert re.search(r"c1 80\.00 20\.00 −60\.00 on the last day new", text)
    assert text.index("c4") < text.index("c1") < text.index("c2 ")
    assert "c3" not in text
    assert "January 2026: run 3" in text


def test_nobody_at_risk_is_said_plainly(world: World) -> None:
    make_client(world.ours, dict.fromkeys(range(1, 7), (50, 50, 50, 50)))
    assert "No customer fell by 20 or more against their own baseline" in _page(world)


def test_a_wrong_filter_is_refused_with_its_field(world: World) -> None:
    make_client(world.ours, STORY)
    client = signed_in(world.consultant)
    for query in ("state=gone", "owner=nobody@example.com", "segment=none", "page=0"):
        assert client.get(f"/o/{world.ours.slug}/at-risk/?{query}").status_code == 400
    assert client.get(f"/o/{world.ours.slug}/at-risk/outreach/?customer=x").status_code == 400
    assert client.get(f"/o/{world.ours.slug}/at-risk/outreach/?customer=999").status_code == 404


def test_from_the_list_to_the_outcome(world: World) -> None:
    make_client(world.ours, STORY)
    assert "Note outreach to 2 customers" in _page(world, "outreach/?customer=1&customer=4")
    said = {"owner": world.consultant.pk, "how": "call", "contacted_on": ON, "return_on": "2030-01-01", "note": "Rang"}
    assert _post(world, "outreach/?customer=1&customer=4", **said).status_code == 302
    assert _rows(world) == [(1, "call", AS_OF, "", None), (4, "call", AS_OF, "", None)]
    text = _page(world)
    assert "1 new, 2 contacted, 0 closed" in text
    assert "Rang" not in text
    with organisation_scope(world.ours.pk, write=False):
        key = Outreach.objects.get(customer_number=1).pk
    assert "Rang" in _page(world, f"outreach/{key}/")
    answer = _post(world, f"outreach/{key}/", **said, outcome="came_back")
    assert answer.status_code == 302
    assert _rows(world)[0] == (1, "call", AS_OF, "came_back", timezone.now().date())
    assert _post(world, f"outreach/{key}/", **said).status_code == 404  # closed for good
    assert "closed and stays as it is" in _page(world, f"outreach/{key}/")
    assert _post(world, "outreach/?customer=1", **said).status_code == 302  # and can begin again
    assert [row[0] for row in _rows(world)] == [1, 1, 4]


def test_the_customers_own_page_shows_it(world: World) -> None:
    make_client(world.ours, STORY)
    taken_up(world.ours, 1, how="visit", contacted_on=AS_OF, note="Had tea")
    text = _text(signed_in(world.consultant).get(f"/o/{world.ours.slug}/customers/1/"))
    assert "Had tea" in text
    assert "Visit, 28 Feb 2026" in text


def test_what_contradicts_itself_is_refused_beside_its_field(world: World) -> None:
    make_client(world.ours, STORY)
    for said, words in (
        ({"how": "call"}, "Say both how and on which day"),
        ({"contacted_on": ON}, "Say both how and on which day"),
        ({"how": "call", "contacted_on": "2999-01-01"}, "Choose a day up to today"),
        ({"how": "call", "contacted_on": ON, "return_on": "2026-01-01"}, "Choose a day after the contact"),
        ({"note": "x" * 281}, "at most 280 characters"),
    ):
        answer = _post(world, "outreach/?customer=1", **said)
        assert answer.status_code == 200
        assert words in _text(answer)
    assert _post(world, "outreach/").status_code == 200  # nobody chosen
    assert _rows(world) == []


def test_the_rule_is_set_and_the_list_follows(world: World) -> None:
    make_client(world.ours, STORY)
    assert "Nobody has set one" in _page(world, "rule/")
    refused = _post(world, "rule/", fall="0", least="30", runs="3", by="month")
    assert "Give a number from 1 to 100" in _text(refused)
    assert _post(world, "rule/", fall="61", least="30", runs="3", by="month").status_code == 302
    assert "1 customer fell by 61 or more" in _page(world)
    assert world.consultant.name in _page(world, "rule/")


def test_the_file_has_the_same_rows_and_stands_on_record(world: World) -> None:
    make_client(world.ours, STORY)
    answer = signed_in(world.viewer).get(f"/o/{world.ours.slug}/at-risk/at-risk.csv?state=new")
    lines = answer.content.decode().splitlines()
    assert lines[1] == "c4,4,90,0,90,,new,,,,,"
    assert len(lines) == 4
    with organisation_scope(world.ours.pk, write=False):
        entry = AuditEntry.objects.get(act="at_risk.exported")
    assert '"rows":3' in entry.content


def test_a_viewer_reads_and_writes_nothing_and_a_stranger_finds_nothing(world: World) -> None:
    make_client(world.ours, STORY)
    text = _page(world, who=world.viewer)
    assert "Note outreach" not in text
    assert _post(world, "outreach/?customer=1", who=world.viewer, how="call", contacted_on=ON).status_code == 403
    assert _post(world, "rule/", who=world.viewer, fall="5", least="1", runs="3", by="month").status_code == 403
    assert signed_in(world.stranger).get(f"/o/{world.ours.slug}/at-risk/").status_code == 404
    key = taken_up(world.ours, 1, owner=world.consultant)[0]
    assert signed_in(world.stranger).get(f"/o/{world.strange.slug}/at-risk/outreach/{key}/").status_code == 404
    assert signed_in(world.stranger).get(f"/o/{world.strange.slug}/at-risk/outreach/?customer=1").status_code == 404


def _back(of: int, back: int) -> Back:
    low, high = share_95(part=back, whole=of)
    return Back(of=of, back=back, share=Fraction(back, of), low=low, high=high)


@pytest.mark.parametrize(
    ("ours", "others", "heading"),
    [
        (_back(10, 7), _back(10, 3), "70 % of those contacted are back, 30 % of the others: no clear difference"),
        (_back(100, 70), _back(100, 30), "70 % of those contacted are back, 30 % of the others"),
        (_back(100, 70), Back(3, None, None, None, None), "70 % of those contacted are back"),
        (Back(4, None, None, None, None), _back(9, 3), "Fewer than 5 contacted customers can be followed 30 days on"),
    ],
)
def test_what_became_is_headed_by_no_more_than_is_known(world: World, ours: Back, others: Back, heading: str) -> None:
    found = Became(contacted=ours, others=others, outcomes=(("said_no", 4), ("", 6)), not_comparable=2)
    panel = became_panel(became=found, terms=terms_of(organisation=world.ours, run=None))
    assert panel.heading == heading
    assert panel.outcomes == (("Said no", "4"), ("Open", "6"))
    assert panel.left_out.startswith("2 contacted left out")


@pytest.mark.parametrize("to", [LimitedTo.SEGMENTS, LimitedTo.REPORTS])
def test_a_limited_membership_sees_neither_the_list_nor_outreach(world: World, to: str) -> None:
    make_client(world.ours, STORY)
    (key,) = taken_up(world.ours, 1, owner=world.consultant, note="Had tea")
    with organisation_scope(world.ours.pk):
        named = [str(key)] if to == LimitedTo.SEGMENTS else []
        Membership.objects.filter(user=world.viewer).update(limited_to=to, segment_ids=named)
    client, base = signed_in(world.viewer), f"/o/{world.ours.slug}"
    for path in ("at-risk/", "at-risk/at-risk.csv", "at-risk/rule/", f"at-risk/outreach/{key}/"):
        assert client.get(f"{base}/{path}").status_code == 403
    assert "At risk" not in _text(client.get(f"{base}/"))


# ── API ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_api_gives_the_list_and_takes_outreach(world: World) -> None:
    make_client(world.ours, STORY)
    client, base = _api(world, world.consultant), f"/api/v1/organisations/{world.ours.slug}/at-risk/"
    found = client.get(base).json()
    assert (found["at_risk"], found["newly_silent"], found["without_baseline"]) == (3, 1, 0)
    assert [(one["number"], one["fall"]) for one in found["customers"]] == [
        (4, "90.000000"), (1, "60.000000"), (2, "20.000000")
    ]  # fmt: skip
    sent = {"customers": [1, 2], "owner": world.consultant.email, "how": "mail", "contacted_on": ON}
    made = client.post(f"{base}outreach/", sent, content_type="application/json")
    assert made.status_code == 201
    first = made.json()[0] if made.json()[0]["customer"] == 1 else made.json()[1]
    assert (first["state"], first["baseline"]) == ("contacted", "80.000000")
    changed = client.patch(f"{base}outreach/{first['id']}/", {"outcome": "said_no"}, content_type="application/json")
    assert (changed.json()["state"], changed.json()["how"]) == ("closed", "mail")
    assert client.get(f"{base}?state=closed").json()["fitting"] == 1
    rule = client.put(f"{base}rule/", {"fall": "60", "least": "30"}, content_type="application/json")
    assert (rule.json()["number"], rule.json()["fall"]) == (1, "60")
    assert client.get(base).json()["at_risk"] == 2
    assert client.get(f"{base}outreach/").json()["contacted"]["customers"] == 0


@pytest.mark.parametrize("sent", [{"customers": []}, {"customers": [1] * 101}, {"customers": [1], "how": "smoke"}])
def test_the_api_refuses_what_it_cannot_use(world: World, sent: dict[str, Any]) -> None:
    make_client(world.ours, STORY)
    client = _api(world, world.consultant)
    base = f"/api/v1/organisations/{world.ours.slug}/at-risk/outreach/"
    assert client.post(base, sent, content_type="application/json").status_code == 400
    assert client.post(base, {"customers": [999]}, content_type="application/json").status_code == 404


def test_the_api_before_the_first_scoring(world: World) -> None:
    found = _api(world, world.viewer).get(f"/api/v1/organisations/{world.ours.slug}/at-risk/").json()
    assert (found["run"], found["at_risk"], found["customers"]) == (None, 0, [])
