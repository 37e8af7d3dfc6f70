"""What "Find" leads to: the best first, in one's own reach, and never to a place that would not open."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from engagement.guidance.texts.files import cards, entries
from engagement.ingest.models import Customer
from engagement.insights.selectors import finding
from engagement.scorecards.finding import pages
from engagement.scorecards.finding.pages import ACCOUNT, PAGES
from tenants.models import Organisation, User
from tenants.scope import organisation_scope
from tests.asking import statements_of
from tests.conftest import NOW, World, make_client
from tests.insights.scoring_world import Small
from tests.isolation.limited_world import CANARY, OTHER_NUMBERS, make_scored, to_gold, to_reports

Hits = list[dict[str, str]]


def _signed_in(who: User) -> Client:
    client = Client()
    client.force_login(who)
    return client


def _asked(client: Client, at: Organisation | None, text: str) -> Hits:
    address = f"/o/{at.slug}/find/" if at else "/find/"
    answer: Any = client.get(address, {"q": text, "format": "json"})
    assert answer.status_code == 200
    hits: Hits = answer.json()["hits"]
    return hits


def _names(hits: Hits) -> list[str]:
    return [hit["name"] for hit in hits]


@pytest.fixture
def small(world: World) -> Small:
    return make_scored(world.ours)


# ── what fits, and in which order ────────────────────────────────────────────────────────────────────────────


def test_a_page_by_its_title_and_by_other_words(world: World, small: Small) -> None:
    admin = _signed_in(world.admin)
    assert _asked(admin, world.ours, "weights")[0] == {
        "name": "Weights", "about": f"page · {world.ours.name}", "url": f"/o/{world.ours.slug}/weights/",
    }  # fmt: skip
    assert _names(_asked(admin, world.ours, "audit")) == ["Record"]
    assert _names(_asked(admin, world.ours, "passkeys")) == ["Second factor"]


def test_the_page_of_another_client_once_it_is_named(world: World, small: Small) -> None:
    hits = _asked(_signed_in(world.admin), world.ours, f"{world.other.name} targets")
    assert [hit["url"] for hit in hits] == [f"/o/{world.other.slug}/targets/"]
    here_and_there = _asked(_signed_in(world.admin), world.ours, "targets")
    assert [hit["url"] for hit in here_and_there] == [f"/o/{world.ours.slug}/targets/"]


def test_beginnings_before_the_rest_and_here_before_elsewhere(world: World, small: Small) -> None:
    make_client(world.firm, "Customs House")
    make_client(world.firm, "Big Customs")
    assert _names(_asked(_signed_in(world.consultant), world.ours, "custom"))[:4] == [
        "Customers", "Customs House", "All customers", "Big Customs",
    ]  # fmt: skip


def test_what_guidance_offers_stands_behind_the_places_unless_its_whole_name_is_typed(
    world: World, small: Small
) -> None:
    make_client(world.firm, "Churnworth")
    consultant = _signed_in(world.consultant)
    offered = {"what a measure means", "question and answer"}
    found = [(hit["name"], hit["about"] in offered) for hit in _asked(consultant, world.ours, "churn")]
    assert found[0] == ("Churn", True)
    assert [is_offered for _name, is_offered in found[1:]] == sorted(is_offered for _name, is_offered in found[1:])
    assert ("Churnworth", False) in found
    assert sum(is_offered for _name, is_offered in found) <= 5
    assert _names(_asked(_signed_in(world.admin), None, "two formulas")) == []  # outside any client there is none


def test_a_segment_by_its_name_and_set(world: World, small: Small) -> None:
    client = _signed_in(world.viewer)
    gold = {"name": "Gold", "about": "segment · Plan", "url": f"/o/{world.ours.slug}/segments/gold/"}
    assert _asked(client, world.ours, "gold") == [gold]
    assert gold in _asked(client, world.ours, "plan segment")


def test_a_customer_by_the_beginning_of_their_id_the_whole_id_first(world: World, small: Small) -> None:
    client = _signed_in(world.viewer)
    assert _names(_asked(client, world.ours, "c1")) == ["c1", "c10", "c11", "c12"]
    assert _asked(client, world.ours, "c12")[0]["url"] == f"/o/{world.ours.slug}/customers/12/"
    assert "c1" not in _names(_asked(client, world.ours, "c"))  # one letter would begin a tenth of all
    assert len(_asked(client, world.ours, f"{CANARY}-77")) == 8
    assert _asked(client, world.ours, "C12") == []  # ids are the client's own


def test_a_customer_by_their_whole_address(world: World, small: Small) -> None:
    with organisation_scope(small.id):
        Customer.objects.filter(number=7).update(email_normalised="ada@example.com")
    client = _signed_in(world.viewer)
    assert _names(_asked(client, world.ours, "Ada@Example.com")) == ["c7"]
    assert _asked(client, world.ours, "ada@example.co") == []


def test_with_nothing_typed_the_organisations_that_of_the_page_first(world: World) -> None:
    hits = _asked(_signed_in(world.consultant), world.other, "  ")
    assert _names(hits) == [world.other.name, world.firm.name, world.ours.name]
    assert [hit["url"] for hit in hits][1:] == [f"/portfolio/{world.firm.slug}/", f"/o/{world.ours.slug}/"]


def test_at_most_twenty(world: World) -> None:
    for at in range(25):
        make_client(world.firm, f"Branch {at}")
    assert len(_asked(_signed_in(world.consultant), world.ours, "branch")) == 20
    assert len(_asked(_signed_in(world.consultant), None, "")) == 20


def test_outside_an_organisation_somebody_with_one_finds_its_pages(world: World) -> None:
    assert _names(_asked(_signed_in(world.viewer), None, "targets")) == ["Targets"]
    assert _asked(_signed_in(world.consultant), None, "targets") == []
    assert _names(_asked(_signed_in(world.consultant), None, f"{world.ours.name} targets")) == ["Targets"]


def test_before_the_first_scoring_neither_segments_nor_customers(world: World) -> None:
    with organisation_scope(world.ours.pk):
        Customer.objects.create(
            organisation=world.ours, number=1, external_id="early-1", created_at=NOW, updated_at=NOW
        )
    assert _asked(_signed_in(world.viewer), world.ours, "early-1") == []


# ── what does not open is not found ──────────────────────────────────────────────────────────────────────────


def _everything(client: Client, at: Organisation) -> Hits:
    found = [hit for page in (*PAGES, *ACCOUNT) for hit in _asked(client, at, page.title)]
    return list({hit["url"]: hit for hit in found}.values())


@pytest.mark.parametrize("who", ["viewer", "consultant", "admin"])
@pytest.mark.parametrize("where", ["ours", "firm"])
def test_whatever_is_found_opens(world: World, small: Small, who: str, where: str) -> None:
    client, at = _signed_in(getattr(world, who)), getattr(world, where)
    if (who, where) == ("viewer", "firm"):
        assert client.get(f"/o/{at.slug}/find/").status_code == 404
        return
    found = _everything(client, at)
    assert len(found) > (5 if where == "firm" else 10)
    statuses = {hit["url"]: client.get(hit["url"]).status_code for hit in found}
    inside = {url: status for url, status in statuses.items() if not url.startswith("/account/")}
    assert {url: status for url, status in inside.items() if status != 200} == {}


def test_a_viewer_finds_no_page_of_admins(world: World, small: Small) -> None:
    found = _names(_everything(_signed_in(world.viewer), world.ours))
    assert {"Members", "Settings", "API tokens", "Record", "Write keys", "Data"} & set(found) == set()
    assert {"Scorecard", "Customers", "Weights", "Runs"} <= set(found)
    assert "Members" in _names(_everything(_signed_in(world.admin), world.ours))


def test_control_without_the_question_to_the_view_the_viewer_would(world: World, small: Small) -> None:
    with patch.object(pages, "may_open", lambda page, reach: reach.kind in page.of):
        assert "Members" in _names(_asked(_signed_in(world.viewer), world.ours, "members"))


def _all_typed(client: Client, at: Organisation) -> str:
    typed = (CANARY, CANARY[:3], f"{CANARY}-77005", "size", "plan", "c1", "small", "segment", "gold")
    return str([_asked(client, at, text) for text in typed]).lower()


def test_a_limited_viewer_finds_their_segments_and_their_customers(world: World, small: Small) -> None:
    client = to_gold(small)
    assert CANARY not in _all_typed(client, world.ours)
    assert _names(_asked(client, world.ours, "gold")) == ["Gold"]
    assert _names(_asked(client, world.ours, "c12")) == ["c12"]
    offered = {card.name for card in cards("en").values()} | {entry.question for entry in entries("en").values()}
    found = {hit["name"] for hit in _everything(client, world.ours)} - {page.title for page in ACCOUNT}
    assert found - offered <= {
        "What the numbers mean", "Which measure suits which objective",
        "Scorecard", "Customers", "Why the score moved", "What each role may do", "Notes and questions", "Gold",
        "Beside the score", "One measure beside the score",
        world.ours.name, "Canary9X-Small", "Canary9X-Large",
        "Does the score mean something?", "Where it is going", "Findings and steps", "Reports",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("protection", "instead"),
    [
        ("engagement.scorecards.finding.places.customers_within", lambda **_: None),
        ("engagement.insights.selectors.limited.keys_within", lambda _: None),
    ],
    ids=["customers", "segments"],
)
def test_control_without_the_limit_they_would_find_others(
    world: World, small: Small, monkeypatch: pytest.MonkeyPatch, protection: str, instead: Any
) -> None:
    client = to_gold(small)
    monkeypatch.setattr(protection, instead)
    assert CANARY in _all_typed(client, world.ours)


def test_with_reports_only_no_customer_is_found(world: World, small: Small) -> None:
    client = to_reports(small)
    assert _asked(client, world.ours, "c12") == []
    assert _names(_asked(client, world.ours, "gold")) == ["Gold"]


def test_nothing_of_strangers_is_found(world: World, small: Small) -> None:
    make_scored(world.strange)
    stranger = _signed_in(world.stranger)
    assert _asked(stranger, world.strange, f"{CANARY}-{OTHER_NUMBERS[3]}") != []
    for text in (world.ours.name, "Ours", "c12x", world.ours.slug, f"{world.ours.name} weights"):
        assert world.ours.slug not in str(_asked(stranger, world.strange, text))
    foreign, unknown = (
        stranger.get(f"/o/{slug}/find/", {"q": "c1", "format": "json"}) for slug in (world.ours.slug, "no-such-client")
    )
    assert foreign.status_code == unknown.status_code == 404


# ── how it is asked ──────────────────────────────────────────────────────────────────────────────────────────


def test_without_script_it_is_a_page(world: World, small: Small) -> None:
    client = _signed_in(world.viewer)
    html = client.get(f"/o/{world.ours.slug}/find/", {"q": "gold"}).content.decode()
    assert f'<a href="/o/{world.ours.slug}/segments/gold/">Gold</a> <span class="muted">segment · Plan</span>' in html
    assert "1 place fits<" in html
    assert "No place fits<" in client.get("/find/", {"q": "zebra"}).content.decode()
    assert "Where to?" in client.get("/find/").content.decode()


def test_what_cannot_be_looked_for_is_said_beside_the_field(world: World) -> None:
    client = _signed_in(world.viewer)
    for text in ("x" * 101, "a\0b"):
        answer = client.get(f"/o/{world.ours.slug}/find/", {"q": text})
        assert answer.status_code == 200
        assert "field-error" in answer.content.decode()
    for text in ("\ud800", "%", "_", "'", "\\", "<b>", "🦊"):
        assert client.get("/find/", {"q": text.encode("utf-8", "replace").decode()}).status_code == 200


def test_nobody_finds_nothing(world: World, client: Client) -> None:
    assert client.get("/find/").url.startswith("/login/")  # type: ignore[attr-defined]
    assert "find-text" not in client.get("/login/").content.decode()


def test_it_asks_few_questions_however_much_there_is(world: World, small: Small) -> None:
    client = _signed_in(world.consultant)
    _asked(client, world.ours, "c1")
    few = statements_of(lambda: _asked(client, world.ours, "c1"))
    for at in range(12):
        make_client(world.firm, f"Chain {at}")
    _asked(client, world.ours, "c1")  # what is written once in a while, as when somebody was here last, is written here
    many = statements_of(lambda: _asked(client, world.ours, "c1"))
    assert len(many) == len(few) <= 20


def test_ids_are_read_from_their_index(world: World, small: Small) -> None:
    with organisation_scope(small.id):
        with CaptureQueriesContext(connection) as asked:
            finding.customers_beginning(organisation=world.ours, text="c1", limit=8)
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_sort = off")  # a few rows are sorted sooner than read in order
            cursor.execute(f"EXPLAIN {asked[0]['sql']}")
            plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "ingest_customer_external" in plan
    assert "external_id" in plan.partition("Index Cond")[2].partition("\n")[0], plan


def test_it_is_counted_by_person(world: World, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "find": "3/1h"}
    client = _signed_in(world.viewer)
    statuses = [client.get(f"/o/{world.ours.slug}/find/", {"q": "w", "format": "json"}).status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    assert _signed_in(world.consultant).get("/find/").status_code == 200
    assert client.get(f"/o/{world.ours.slug}/").status_code == 200


def test_while_an_organisation_rests_find_asks_outside_of_it(world: World) -> None:
    with organisation_scope(world.ours.pk):
        Organisation.objects.filter(pk=world.ours.pk).update(suspended_at=NOW)
    html = _signed_in(world.admin).get(f"/o/{world.ours.slug}/settings/leaving/").content.decode()
    assert 'data-asks="/find/"' in html
