"""The ledger of a span: stored steps added, whichever way leads from one run to the other."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

from django.test import Client

from engagement.insights.explaining import Explanation
from engagement.insights.models import SegmentLedger
from engagement.insights.selectors.explaining import NO_CHAIN, NO_RUN_BEFORE, TOO_FEW, explanation_between
from engagement.insights.services import score
from engagement.scoring.models import ScoreRun
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.insights.scoring_world import Small, add_activity, add_customers, add_segments, make_small

JANUARY, MIDDLE, FEBRUARY = date(2026, 1, 31), date(2026, 2, 14), date(2026, 2, 28)
WEIGHTS = {"visit": ("website", 1_000, None), "purchase": ("purchase", 10_000, None)}


def _client(organisation: Organisation) -> Small:
    small = make_small(organisation, weights=WEIGHTS, full_points=30_000, window_days=40)
    add_customers(small, [(number, {"plan": "Team" if number % 2 else "Free"}) for number in range(1, 21)])
    add_segments(
        small,
        "plan",
        {key: {"all": [{"trait": "plan", "op": "is", "value": key.title()}]} for key in ("team", "free", "none")},
    )
    add_activity(
        small,
        [(n, "purchase", date(2026, 1, n), 1) for n in range(1, 16)]
        + [(n, "visit", date(2026, 2, n), 3) for n in range(1, 21)]
        + [(n, "purchase", date(2026, 2, 20), 1) for n in (16, 17)],
    )
    return small


def _score(small: Small, as_of: date) -> ScoreRun:
    return score(organisation_id=small.id, as_of=as_of, cause="history", now=NOW)


def _between(small: Small, before: ScoreRun | None, after: ScoreRun, key: str = "all", **asked: Any) -> Explanation:
    with organisation_scope(small.id, write=False):
        return explanation_between(
            organisation=small.organisation, before=before, after=after, segment_key=key, **asked
        )


def _adds_up(found: Explanation) -> None:
    assert found.reason is None
    assert found.before is not None
    assert found.after is not None
    assert found.before + sum((term.value for term in found.terms), Fraction(0)) == found.after
    for term in found.terms:
        if term.actions:
            assert sum((action.value for action in term.actions), Fraction(0)) == term.value


def test_a_span_is_the_sum_of_the_steps_on_the_way(world: World) -> None:
    small = _client(world.ours)
    first, middle, last = (_score(small, day) for day in (JANUARY, MIDDLE, FEBRUARY))
    for key in ("all", "team", "free"):
        for measure in ("score", "points_per_customer"):
            whole = _between(small, first, last, key, measure=measure)
            parts = [_between(small, *pair, key, measure=measure) for pair in ((first, middle), (middle, last))]
            for found in (whole, *parts):
                _adds_up(found)
            for at, term in enumerate(whole.terms):
                assert term.value == sum((part.terms[at].value for part in parts), Fraction(0))
    whole = _between(small, first, last)
    assert whole.runs == (middle.number, last.number)
    new = next(term for term in whole.terms if term.cause == "new")
    assert [action.name for action in new.actions] == ["Visit", "Purchase"]
    assert all(action.value > 0 for action in new.actions)


def test_a_restated_day_is_reached_by_turning_its_own_ledger_round(world: World) -> None:
    small = _client(world.ours)
    first, last = _score(small, JANUARY), _score(small, FEBRUARY)
    add_activity(small, [(20, "purchase", date(2026, 1, 20), 2)])
    again = _score(small, JANUARY)
    assert again.base_id == first.id
    found = _between(small, again, last)
    _adds_up(found)
    assert found.before != _between(small, first, last).before
    late = next(term for term in found.terms if term.cause == "late")
    assert late.value == -next(term for term in _between(small, first, again).terms if term.cause == "late").value


def test_where_there_is_no_ledger_it_says_why(world: World) -> None:
    small = _client(world.ours)
    first, last = _score(small, JANUARY), _score(small, FEBRUARY)
    assert _between(small, None, last).reason == NO_RUN_BEFORE
    assert _between(small, last, first).reason is None  # the other way round is a way too
    with organisation_scope(small.id):
        ScoreRun.objects.filter(pk=last.pk).update(base=None)
        assert _between(small, first, last).reason == NO_CHAIN
        ScoreRun.objects.filter(pk=last.pk).update(base=first)
        assert "had no customers" in (_between(small, first, last, "none").reason or "")
        Organisation.objects.filter(pk=small.id).update(minimum_n=50)
        small.organisation.refresh_from_db()
        assert _between(small, first, last).reason == TOO_FEW
        small.organisation.minimum_n = 5
        SegmentLedger.objects.filter(run=last).delete()
        assert _between(small, first, last).reason is not None


def test_the_page_adds_up_as_printed_and_the_api_exactly(world: World, client: Client) -> None:
    small = _client(world.ours)
    for day in (JANUARY, MIDDLE, FEBRUARY):
        _score(small, day)
    client.force_login(world.viewer)
    page = client.get(f"/o/{world.ours.slug}/why/", {"segment": "team"})
    assert page.status_code == 200
    panel = page.context["panel"]
    assert panel.sentence.startswith(f"{panel.before} → {panel.after}: ")
    numbers = [row.value for row in panel.rows if not row.is_part]
    plain = [Fraction(text.replace("−", "-").replace("+", "").replace("±", "")) for text in numbers]
    assert Fraction(panel.before) + sum(plain, Fraction(0)) == Fraction(panel.after)
    found = client.get(f"/api/v1/organisations/{world.ours.slug}/explanation/", {"segment": "team"}).json()
    assert sum((Fraction(term["exact"]) for term in found["terms"]), Fraction(0)) != 0
    assert f"{float(found['change']):.6f}" == found["change"]
    # The interval stands beside the change, the same as on the scorecard.
    assert found["weight_sets"] == [50, 50]
    half = Fraction(found["half_width_95"])
    inside = abs(Fraction(found["change"])) <= half
    assert ("read the number as unchanged" in panel.doubt) == inside == ("no more than chance would" in panel.heading)
    assert "the rate holds what the weights did" not in client.get(f"/o/{world.ours.slug}/why/").content.decode()
    assert client.get(f"/o/{world.ours.slug}/why/", {"measure": "luck"}).status_code == 400
    assert client.get(f"/o/{world.ours.slug}/why/", {"segment": "nobody"}).status_code == 404
    empty = client.get(f"/o/{world.ours.slug}/why/", {"as_of": JANUARY.isoformat()})
    assert NO_RUN_BEFORE in empty.content.decode()
