"""The pages of this step with hand-made figures: what stands on them, who sees them, what they refuse."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any
from unittest.mock import patch

import pytest
from django.test import Client

from engagement.errors import NotFoundError
from engagement.insights import selectors
from engagement.insights.customer_filter import CustomerQuestion
from engagement.insights.customer_types import CustomerPage
from engagement.insights.types import FirstSteps, SegmentRow
from tenants.models import User
from tests.conftest import World
from tests.scorecards import made


@pytest.fixture
def given(world: World) -> Iterator[dict[str, Any]]:
    """Selectors that answer with what a test puts here; what they were asked stands under "asked"."""
    answers: dict[str, Any] = {
        "scorecard": made.scorecard(),
        "first_steps": FirstSteps(0, 0, 4, weight_set_published=False, draft=True, segments=0, runs_waiting=0),
        "segment_figures": (
            made.row("older", "45–54", "94.4444", n=700, change="-1.2"),
            made.run(),
            made.scorecard().trend,
            made.spread(),
            made.comparison(),
        ),
        "end_customers": ((made.customer_line(),), (made.customer_line(),)),
        "customers": CustomerPage(lines=(made.customer_line(),), total=120, page=2, pages=3, run=made.run()),
        "customer_card": made.card(),
        "asked": {},
    }

    def answer(name: str) -> Any:
        def selector(**asked: Any) -> Any:
            answers["asked"][name] = asked
            if isinstance(answers[name], Exception):
                raise answers[name]
            return answers[name]

        return selector

    names = [name for name in answers if name != "asked"]
    with patch.multiple(selectors, **{name: answer(name) for name in names}):
        yield answers


def _get(who: User, address: str) -> Any:
    client = Client()
    client.force_login(who)
    return client.get(address)


def _text(response: Any) -> str:
    """What a reader sees: no tags, single spaces."""
    body = re.sub(r"<(title|desc)>.*?</\1>", " ", response.content.decode(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body)).replace("&amp;", "&")


def _is_strict(response: Any) -> None:
    """No inline style, script or handler: the content security policy would drop them."""
    html = response.content.decode()
    assert not re.search(r"\sstyle=|\son\w+=", html)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", html))
    assert len(re.findall(r"<h1", html)) == 1
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids))


# ── scorecard ────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_scorecard_as_a_viewer_reads_it(world: World, given: dict[str, Any]) -> None:
    response = _get(world.viewer, f"/o/{world.ours.slug}/")
    assert response.status_code == 200
    _is_strict(response)
    text = _text(response)
    for said in (
        "Engagement rose by 0.2 to 68.9: 1.1 short of Good, 6.1 below target",
        "Unknown adds +0.50 to the total and 45–54 −0.34.",
        "6.1 below the target of 75 by 30 June 2018",
        "199,966 points ÷ 2,469 customers = 80.99",
        "How is this calculated?",
        "170,184.999804 ÷ 2,469 = 68.928716.",
        "68.77 − 0.34 + 0.00 + 0.50 = 68.93.",
        "2,343 of 2,469",
        "missing data",
        "not ranked",
        "No interval is known for a change.",
    ):
        assert said in text
    html = response.content.decode()
    assert 'href="?as_of=2017-11-30"' in html
    assert f"/o/{world.ours.slug}/scorecard.csv?table=trend&amp;as_of=2017-12-31" in html
    assert f"/o/{world.ours.slug}/segments/older/?as_of=2017-12-31" in html
    assert "Set a target" not in text
    assert given["asked"]["scorecard"]["as_of"] is None


def test_a_consultant_may_set_targets_from_here(world: World, given: dict[str, Any]) -> None:
    assert "Set a target" in _text(_get(world.consultant, f"/o/{world.ours.slug}/"))


def test_the_day_asked_for_is_the_day_shown(world: World, given: dict[str, Any]) -> None:
    _get(world.viewer, f"/o/{world.ours.slug}/?as_of=2017-11-30")
    assert given["asked"]["scorecard"]["as_of"] == date(2017, 11, 30)


@pytest.mark.parametrize("day", ["yesterday", "2017-13-01", "2017-02-30", "%00", "9" * 400])
def test_a_day_that_is_none_is_refused_with_what_to_write(world: World, given: dict[str, Any], day: str) -> None:
    for address in ("", "scorecard.csv", "segments/older/", "customers/7/"):
        response = _get(world.viewer, f"/o/{world.ours.slug}/{address}?as_of={day}")
        assert response.status_code == 400
        assert "is not a day. Write it like 2025-12-31." in _text(response)
    assert given["asked"] == {}


def test_an_unknown_day_or_set_is_not_found(world: World, given: dict[str, Any]) -> None:
    assert _get(world.viewer, f"/o/{world.ours.slug}/?set=shoe-size").status_code == 404
    given["scorecard"] = NotFoundError("Nothing has been scored as of 2017-11-29.")
    assert _get(world.viewer, f"/o/{world.ours.slug}/?as_of=2017-11-29").status_code == 404


def test_a_scorecard_of_too_few_customers_shows_their_count_only(world: World, given: dict[str, Any]) -> None:
    few = made.small(4)
    given["scorecard"] = made.scorecard(
        total=few, compared=few, previous=None, change=None, targets=(),
        trend=(made.point(made.DAY, None),),
        groups=(made.partition(made.row("b", "B", None, n=4, adds="0.1")),),
    )  # fmt: skip
    text = _text(_get(world.viewer, f"/o/{world.ours.slug}/"))
    assert "Engagement has no score: fewer than 5 customers" in text
    assert "No target is set." in text
    for leaked in ("199,966", "80.99", "68.9", "+0.10", "2,343", "2343"):
        assert leaked not in text


def test_without_segments_the_page_says_what_they_are_for(world: World, given: dict[str, Any]) -> None:
    given["scorecard"] = made.scorecard(groups=())
    assert "No segments yet" in _text(_get(world.viewer, f"/o/{world.ours.slug}/"))
    assert "Define segments" in _text(_get(world.consultant, f"/o/{world.ours.slug}/"))
    assert "Define segments" not in _text(_get(world.viewer, f"/o/{world.ours.slug}/"))


def test_before_the_first_score_the_steps_to_it(world: World, given: dict[str, Any]) -> None:
    given["scorecard"] = None
    response = _get(world.admin, f"/o/{world.ours.slug}/")
    assert response.status_code == 200
    _is_strict(response)
    assert "No score yet: send the first events and it appears here" in _text(response)
    assert f'href="/o/{world.ours.slug}/start/events/"' in response.content.decode()
    given["first_steps"] = replace(given["first_steps"], events=9, customers=3, weight_set_published=True)
    assert (
        f'href="/o/{world.ours.slug}/start/score/"' in _get(world.consultant, f"/o/{world.ours.slug}/").content.decode()
    )
    read = _get(world.viewer, f"/o/{world.ours.slug}/").content.decode()
    assert "/start/" not in read.replace("/start/sample/", "")  # a sample may be looked at, the steps are for others


def test_a_firms_own_address_leads_to_its_portfolio(world: World, given: dict[str, Any]) -> None:
    response = _get(world.admin, f"/o/{world.firm.slug}/")
    assert (response.status_code, response["Location"]) == (302, f"/portfolio/{world.firm.slug}/")
    for page in ("scorecard.csv", "segments/all/", "segments/all/segment.csv", "customers/", "customers/7/"):
        assert _get(world.admin, f"/o/{world.firm.slug}/{page}").status_code == 404


@pytest.mark.parametrize(
    ("table", "header"),
    [
        ("segments", "Set,Segment,As of,Customers,"),
        ("trend", "Period,State,Weight set,As of,"),
        ("actions", "Action,Channel,Weight,Cap,"),
    ],
)
def test_the_tables_as_files(world: World, given: dict[str, Any], table: str, header: str) -> None:
    response = _get(world.viewer, f"/o/{world.ours.slug}/scorecard.csv?table={table}")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    name = f'attachment; filename="{world.ours.slug}-{table}-2017-12-31.csv"'
    assert response["Content-Disposition"] == name
    assert response.content.decode().startswith(header)


def test_a_table_that_is_none_is_refused(world: World, given: dict[str, Any]) -> None:
    for address in ("scorecard.csv", "segments/older/segment.csv"):
        response = _get(world.viewer, f"/o/{world.ours.slug}/{address}?table=../../etc")
        assert response.status_code == 400
        assert "Choose one of" in _text(response)
    given["scorecard"] = None
    assert _get(world.viewer, f"/o/{world.ours.slug}/scorecard.csv").status_code == 404


# ── segment and customers ────────────────────────────────────────────────────────────────────────────────────


def test_a_segment(world: World, given: dict[str, Any]) -> None:
    response = _get(world.viewer, f"/o/{world.ours.slug}/segments/older/")
    assert response.status_code == 200
    _is_strict(response)
    text = _text(response)
    for said in (
        "45–54 fell by 1.2 to 94.4: Excellent",
        "December 2017 against November 2017: −1.20. No interval is known for it.",
        "190,625",
        "customers score 100",
        "Most engaged",
        "Least engaged",
    ):
        assert said in text
    asked = given["asked"]["end_customers"]
    assert (asked["run_number"], asked["segment_key"], asked["limit"]) == (14, "older", 10)


def test_a_small_segment_lists_its_customers_once_and_no_number_of_its_own(world: World, given: dict[str, Any]) -> None:
    tiny = SegmentRow(
        figures=replace(made.small(3), segment_key="tiny", segment_name="Tiny"),
        previous=None, change=None, adds_to_total=Fraction(1, 3), target=None, trend=(),
    )  # fmt: skip
    given["segment_figures"] = (tiny, made.run(), (made.point(made.DAY, None),), made.spread(n=700), made.comparison())
    text = _text(_get(world.viewer, f"/o/{world.ours.slug}/segments/tiny/"))
    for name in (world.ours.name, world.firm.name, world.viewer.name, world.viewer.email):
        text = text.replace(name, "")  # they end in a number
    assert "Tiny has no score: fewer than 5 customers" in text
    assert "All its customers" in text
    assert "Least engaged" not in text
    for leaked in ("199,966", "0.33", "126"):
        assert leaked not in text


def test_a_segment_of_nobody_says_where_to_look(world: World, given: dict[str, Any]) -> None:
    nobody = SegmentRow(figures=made.small(0), previous=None, change=None, adds_to_total=None, target=None, trend=())
    given["segment_figures"] = (nobody, made.run(), (), made.spread(n=669), made.comparison())
    given["end_customers"] = ((), ())
    text = _text(_get(world.viewer, f"/o/{world.ours.slug}/segments/all/"))
    assert "has no score: no customers" in text
    assert "Nobody belongs to this segment." in text


@pytest.mark.parametrize(("table", "header"), [("trend", "Period,State,"), ("actions", "Action,Channel,")])
def test_a_segments_tables_as_files(world: World, given: dict[str, Any], table: str, header: str) -> None:
    response = _get(world.viewer, f"/o/{world.ours.slug}/segments/older/segment.csv?table={table}")
    assert response.content.decode().startswith(header)
    assert f"-older-{table}-2017-12-31.csv" in response["Content-Disposition"]


def test_an_unknown_segment_is_not_found(world: World, given: dict[str, Any]) -> None:
    given["segment_figures"] = NotFoundError()
    assert _get(world.viewer, f"/o/{world.ours.slug}/segments/unknown/").status_code == 404


def test_the_list_of_customers_keeps_the_question_on_its_pages(world: World, given: dict[str, Any]) -> None:
    response = _get(world.viewer, f"/o/{world.ours.slug}/customers/?search=c7&order=points&page=2")
    assert response.status_code == 200
    _is_strict(response)
    asked = given["asked"]["customers"]
    assert (asked["question"], asked["order"], asked["page"]) == (CustomerQuestion(search="c7"), "points", 2)
    html = response.content.decode()
    assert "?search=c7&amp;order=points&amp;page=3" in html
    assert 'value="c7"' in html
    assert "120 customers fit what you asked for" in _text(response)


@pytest.mark.parametrize(
    "query",
    [
        "order=sideways",
        "least_score=80&most_score=70",
        "least_days=many",
        "trait=age",
        "segment=nobodys",
        "as_of=never",
        "page=0",
        "search=" + "x" * 300,
    ],
)
def test_a_question_that_cannot_be_asked_is_refused(world: World, given: dict[str, Any], query: str) -> None:
    assert _get(world.viewer, f"/o/{world.ours.slug}/customers/?{query}").status_code == 400
    assert given["asked"] == {}


def test_nobody_fits_and_nobody_has_a_score(world: World, given: dict[str, Any]) -> None:
    given["customers"] = CustomerPage(lines=(), total=0, page=1, pages=1, run=made.run())
    assert "Nobody fits." in _text(_get(world.viewer, f"/o/{world.ours.slug}/customers/?search=zzz"))
    given["customers"] = CustomerPage(lines=(), total=0, page=1, pages=1, run=None)
    assert "No customer has a score yet" in _text(_get(world.viewer, f"/o/{world.ours.slug}/customers/"))


def test_a_customer(world: World, given: dict[str, Any]) -> None:
    response = _get(world.viewer, f"/o/{world.ours.slug}/customers/1795/")
    assert response.status_code == 200
    _is_strict(response)
    text = _text(response)
    for said in (
        "Customer 1795 is fully engaged: 963 points, 16 times the full points",
        "963 ÷ 60 full points = 1,605 %, counted as 100 at most → score 100",
        "31 Dec 2017, 17:05",
        "before the window",
        "missing data",
        "Most points on 30 November 2017: 1,029",
    ):
        assert said in text


def test_what_customers_write_is_text_and_nothing_else(world: World, given: dict[str, Any]) -> None:
    bad = "<script>alert(1)</script>"
    given["customer_card"] = made.card(
        external_id=bad, traits={bad: bad}, identity=made.standing(merged=(made.related(bad),))
    )
    html = _get(world.viewer, f"/o/{world.ours.slug}/customers/1795/").content.decode()
    assert bad not in html
    assert "&lt;script&gt;" in html


def test_a_customer_without_a_score_shows_the_reason(world: World, given: dict[str, Any]) -> None:
    given["customer_card"] = made.card(
        in_run=False, points=None, score=None, band=None, rank=None, lines=(), excluded=True, segments=(), events=(),
        history=(), traits={},
    )  # fmt: skip
    text = _text(_get(world.viewer, f"/o/{world.ours.slug}/customers/1795/"))
    assert "Excluded by hand: not scored, and in no segment." in text
    assert "No points in this score" in text


# ── who may come in ──────────────────────────────────────────────────────────────────────────────────────────

PAGES = ("", "scorecard.csv", "segments/older/", "segments/older/segment.csv", "customers/", "customers/7/")


@pytest.mark.parametrize("page", PAGES)
def test_strangers_find_nothing_and_nobody_is_sent_to_sign_in(world: World, given: dict[str, Any], page: str) -> None:
    assert _get(world.stranger, f"/o/{world.ours.slug}/{page}").status_code == 404
    assert _get(world.viewer, f"/o/{world.other.slug}/{page}").status_code == 404
    response = Client().get(f"/o/{world.ours.slug}/{page}")
    assert (response.status_code, response["Location"].split("?")[0]) == (302, "/login/")
    assert given["asked"] == {}


@pytest.mark.parametrize("page", PAGES)
def test_pages_are_for_reading(world: World, given: dict[str, Any], page: str) -> None:
    client = Client()
    client.force_login(world.admin)
    assert client.post(f"/o/{world.ours.slug}/{page}").status_code == 405
