"""The scorecard's "why": ledger, changes of the figures, every number explained, freshness, every period."""

from __future__ import annotations

import re
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from engagement.errors import InvalidInputError
from engagement.insights.calendars import By
from engagement.insights.explaining import ActionTerm, CauseTerm, Explanation, PartitionChange
from engagement.insights.types import Freshness
from engagement.scorecards.present.fact_changes import changes_caption
from engagement.scorecards.present.moved import MovedPanel, moved_panel, split_asked
from engagement.scorecards.present.row_why import RowReasons
from engagement.scorecards.present.score import facts
from engagement.scorecards.words.fresh import fresh_line
from engagement.scorecards.words.periods import period_picker
from tests.insights.scoring_world import AS_OF as STORY_DAY
from tests.scorecards.made import BEFORE, DAY, comparison, figures, row, run, small, terms
from tests.scorecards.test_pages_live import BEFORE as STORY_BEFORE
from tests.scorecards.test_pages_live import Story, _get, _score, _text, story  # noqa: F401  a fixture


def _found(**changes: Any) -> Explanation:
    """76 → 70 by mix and rate; by cause ageing −9, new activity +3 of two actions."""
    mixed = PartitionChange(
        set_key="plan", set_name="Plan", before=Fraction(76), after=Fraction(70), mix=Fraction(-8), rate=Fraction(2),
        parts=(), reason=None,
    )  # fmt: skip
    new = (ActionTerm("visit", "Visit", Fraction(1)), ActionTerm("buy", "Purchase", Fraction(2)))
    made: dict[str, Any] = {
        "segment_key": "all", "segment_name": "All customers", "measure": "score",
        "before_as_of": BEFORE, "before_run": 9, "after_as_of": DAY, "after_run": 10,
        "before": Fraction(76), "after": Fraction(70), "runs": (10,), "reason": None,
        "terms": (CauseTerm("ageing", Fraction(-9)), CauseTerm("new", Fraction(3), new)),
        "partitions": (mixed,), "weight_sets": (1, 1),
    }  # fmt: skip
    return Explanation(**(made | changes))


def _moved(split: str = "", **changes: Any) -> MovedPanel | None:
    found, query = _found(**changes), {"as_of": "2017-12-31"}
    return moved_panel(found=found, split=split, query=query, set_key="plan", terms=terms())


def test_the_ledger_stands_first_and_adds_up_as_printed() -> None:
    panel = _moved()
    assert panel is not None
    assert panel.ledger is not None
    assert panel.ledger.sentence == "76.00 → 70.00: ageing −9.00, new activity +3.00"
    assert panel.ledger.chart is not None
    steps = [(step.name, str(step.value)) for step in panel.ledger.chart.steps]
    assert steps == [("Ageing", "-9.00"), ("New: Visit", "1.00"), ("New: Purchase", "2.00")]
    assert panel.mix == "By Plan, 76 → 70: mix −8, rate +2."
    assert panel.runs == "Run 9 and run 10, weight set 1."
    assert [(choice.label, choice.current) for choice in panel.splits] == [("Cause", True), ("Segment", False)]
    assert panel.splits[1].url == "?as_of=2017-12-31&split=segment#h-change"


def test_by_segment_where_it_is_asked_for_or_nothing_is_known_of_causes() -> None:
    asked, without = _moved("segment"), _moved(terms=(), before=None, after=None, reason="No ledger was kept.")
    assert asked is not None
    assert (asked.ledger, asked.why_not) == (None, "")
    assert without is not None
    assert (without.ledger, without.why_not) == (None, "")
    told = _moved("cause", terms=(), before=None, after=None, reason="No ledger was kept.")
    assert told is not None
    assert told.why_not == "No ledger was kept."
    assert _moved(before_run=None) is None
    assert [split_asked(text) for text in ("", "cause", "segment")] == ["", "cause", "segment"]
    with pytest.raises(InvalidInputError):
        split_asked("luck")


def test_many_actions_share_a_bar() -> None:
    many = tuple(ActionTerm(f"a{at}", f"A{at}", Fraction(1)) for at in range(7))
    panel = _moved(terms=(CauseTerm("ageing", Fraction(-13)), CauseTerm("new", Fraction(7), many)))
    assert panel is not None
    assert panel.ledger is not None
    assert panel.ledger.chart is not None
    assert [step.name for step in panel.ledger.chart.steps] == ["Ageing", "New activity"]


def test_figures_say_how_they_changed() -> None:
    now, then = figures(), figures(depth=Fraction(18), n_multi_channel=1200, multi_channel_share=Fraction(1200, 2469))
    found = {fact.key: fact for fact in facts(
        figures=now, run=run(), terms=terms(), comparison=comparison(), previous=then
    )}  # fmt: skip
    assert found["why-depth"].change == "−0.33"  # 17.67 as printed, less 18.00
    assert found["why-channels"].change == "+0.9"
    assert "November 2017: 48.6 %, a difference of +0.9 of 100 customers. No interval is known for it." in (
        found["why-channels"].why
    )
    assert found["why-points"].change == "unchanged"
    said = changes_caption(comparison=comparison(), has_changes=True)
    assert said == "With a sign: change since November 2017; no interval is known."
    assert changes_caption(comparison=comparison(), has_changes=False) == ""


@pytest.mark.parametrize("previous", [None, small(4)], ids=["not there", "too small"])
def test_nothing_is_said_of_a_change_that_is_not_known(previous: Any) -> None:
    found = facts(figures=figures(), run=run(), terms=terms(), comparison=comparison(), previous=previous)
    assert {fact.change for fact in found} == {""}
    provisional = comparison(is_shown=False)
    found = facts(figures=figures(), run=run(), terms=terms(), comparison=provisional, previous=figures())
    assert {fact.change for fact in found} == {""}


def test_each_number_of_a_line_says_how_it_is_made() -> None:
    reasons = RowReasons(run=run(), comparison=comparison(), terms=terms())
    found = reasons.of(row("team", "Team", "95", n=40, change="-1"))
    assert found.score[0].endswith("= 95.0000")
    assert found.change[0] == "95.0000 − 96.0000 = −1.0000"
    assert found.points[0].endswith("customers = 80.99") or "÷" in found.points[0]
    assert all("run 14" in lines[-1] for lines in (found.score, found.points))
    assert "Weight set 2 · 90 days to 31 December 2017 · run 14" in reasons.in_short


def test_freshness_in_words() -> None:
    found = Freshness(last_event_on=DAY, stale_days=3, run_number=14, run_as_of=DAY, scored_at=run().finished_at)
    line = fresh_line(found=found, terms=terms())
    assert line.event == "Last counted event: 31 December 2017, 3 days ago"
    assert line.run == "Last run: 14, of 31 December 2017, finished 1 Jan 2018, 02:10"
    assert line.is_stale
    nothing = Freshness(last_event_on=None, stale_days=None, run_number=None, run_as_of=None, scored_at=None)
    said = fresh_line(found=nothing, terms=terms())
    assert (said.event, said.run, said.is_stale) == ("No event has counted yet", "Nothing has been scored yet", False)


def test_every_period_of_a_long_history_can_be_picked() -> None:
    ends = tuple(date(year, 12, 31) for year in range(2017, 1997, -1))
    found = period_picker(comparison=comparison(ends=ends, by=By.MONTH), shown=date(2010, 12, 31), query={"set": "age"})
    assert found is not None
    assert [year for year, _ in found.years] == list(range(2017, 1997, -1))
    assert [days for year, days in found.years if year == 2010] == [(("2010-12-31", "December 2010", True),)]
    assert found.kept == (("set", "age"),)
    assert period_picker(comparison=comparison(), shown=DAY, query={}) is None


def test_the_page_shows_all_of_it(story: Story) -> None:  # noqa: F811
    _score(story, STORY_BEFORE)
    _score(story)
    response = _get(story.world.viewer, f"/o/{story.slug}/?as_of={STORY_DAY}")
    html, text = response.content.decode(), _text(response)
    assert "9.71 → 29.13: new activity +19.42" in text
    assert "Last counted event:" in text
    assert "Last run: 2, of 28 February 2026" in text
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    explained = re.findall(r'popovertarget="([^"]+)" aria-describedby="([^"]+)"', html)
    assert {"why-score", "why-points", "why-channels", "why-depth", "why-score-young"} <= {key for key, _ in explained}
    assert all(key == described and key in ids for key, described in explained)
    for _, panel in re.findall(r'class="panel provenance" id="(why-[^"]+)" popover>(.*?)</div>', html):
        assert "run 2" in panel.lower() or "runs 2" in panel.lower()
    assert _get(story.world.viewer, f"/o/{story.slug}/?split=luck").status_code == 400
