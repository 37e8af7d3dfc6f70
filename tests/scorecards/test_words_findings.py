"""The sentences of a scorecard and a segment, whole."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagement.look.bands import Bands
from engagement.scorecards.present.score import headline_number
from engagement.scorecards.words import findings
from tests.scorecards.made import ages, figures, partition, row, small, target, terms


def _finding(
    score: str, *, change: str | None = None, goal: str | None = None, subject: str = "Engagement", n: int = 2469
) -> str:
    return findings.finding(
        subject=subject,
        figures=figures(score, n=n),
        change=None if change is None else Fraction(change),
        target=None if goal is None else target(goal),
        terms=terms(),
    )


@pytest.mark.parametrize(
    ("score", "change", "goal", "said"),
    [
        ("68.928716", "0.04", "75", "Engagement is unchanged at 68.9: 1.1 short of Good, 6.1 below target"),
        ("68.928716", "0.05", "75", "Engagement rose by 0.1 to 68.9: 1.1 short of Good, 6.1 below target"),
        ("77.9", "1.4", "80", "Engagement rose by 1.4 to 77.9: Good, 2.1 below target"),
        ("85.1", "-2.3", "82", "Engagement fell by 2.3 to 85.1: Excellent, 3.1 above target"),
        ("85.1", None, None, "Engagement is at 85.1: Excellent"),
        ("69.95", None, "70", "Engagement is at 69.95: 0.05 short of Good, 0.05 below target"),
        ("70", None, "70", "Engagement is at 70.0: Good, on target"),
        ("80", None, None, "Engagement is at 80.0: Good"),
        ("80.0001", None, None, "Engagement is at 80.0001: Excellent"),
        ("74.98", None, "75", "Engagement is at 74.98: Good, 0.02 below target"),
        ("75.04", None, "75", "Engagement is at 75.0: Good, on target"),
    ],
)
def test_subject_number_judgement_distance(score: str, change: str | None, goal: str | None, said: str) -> None:
    assert _finding(score, change=change, goal=goal) == said


def test_a_distance_is_that_of_the_printed_number() -> None:
    """70 − 69.0 must read 1.0, although 70 − 68.95 is nearer to 1.1."""
    assert _finding("68.95") == "Engagement is at 69.0: 1.0 short of Good"


def test_too_few_customers_have_no_band_and_fewer_no_number() -> None:
    assert _finding("50", n=29) == "Engagement is at 50.0: too few customers for a band"
    for n, why in ((0, "no customers"), (4, "fewer than 5 customers")):
        said = findings.finding(subject="65+", figures=small(n), change=None, target=target(), terms=terms())
        assert said == f"65+ has no score: {why}"


def test_missing_data_is_not_ranked() -> None:
    said = findings.finding(
        subject="Unknown", figures=figures("56.89", is_missing_data=True), change=None, target=None, terms=terms()
    )
    assert said == "Unknown is at 56.9: missing data, not ranked"


def test_a_headline_gives_up_its_last_words_before_it_grows_too_long() -> None:
    long = "Customers of the northern region"
    assert findings.short_name(long) == "Customers of the northe…"
    said = _finding("68.928716", change="-10.2", goal="75", subject=findings.short_name(long))
    assert said == "Customers of the northe… fell by 10.2 to 68.9: 1.1 short of Good"
    assert len(said) <= findings.LONGEST


def test_a_target_for_points_is_no_distance_of_a_score() -> None:
    goal = target("90", measure="points_per_customer")
    said = findings.finding(subject="Engagement", figures=figures(), change=None, target=goal, terms=terms())
    assert said == "Engagement is at 68.9: 1.1 short of Good"


@given(st.integers(0, 100_000_000), st.integers(1, 100_000), st.sampled_from([(70, 80), (69, 69), (33, 90)]))
def test_what_is_printed_never_contradicts_band_or_target(millionths: int, goal: int, lines: tuple[int, int]) -> None:
    score, wanted = Fraction(millionths, 1_000_000), Decimal(goal) / 1000
    bands = Bands(good=Decimal(lines[0]), excellent=Decimal(lines[1]))
    printed = terms(bands=bands).printed(score, places=1, target=wanted)
    assert bands.code(printed) == bands.code(score)
    assert (Fraction(printed) >= Fraction(wanted)) == (score >= Fraction(wanted))
    assert abs(Fraction(printed) - score) <= Fraction(1, 20)


def test_custom_band_names_are_used() -> None:
    named = terms(bands=Bands(names=("Low", "Fair", "High")))
    said = findings.finding(subject="Engagement", figures=figures(), change=None, target=None, terms=named)
    assert said == "Engagement is at 68.9: 1.1 short of Fair"


@pytest.mark.parametrize(
    ("score", "goal", "said"),
    [
        ("68.928716", "75", "6.1 below the target of 75 by 30 June 2018"),
        ("77.5", "75", "2.5 above the target of 75 by 30 June 2018"),
        ("75", "75", "on the target of 75 by 30 June 2018"),
        ("75", None, "no target set"),
    ],
)
def test_score_reading(score: str, goal: str | None, said: str) -> None:
    wanted = target(goal) if goal else None
    assert findings.score_reading(figures=figures(score), target=wanted, terms=terms()) == said


def test_the_big_number_is_the_headlines_own() -> None:
    assert headline_number(figures=figures("74.98"), target=target("75"), terms=terms()) == "74.98"
    assert headline_number(figures=figures("100"), target=None, terms=terms()) == "100"
    assert headline_number(figures=small(4), target=None, terms=terms()) == "–"


# ── standfirst ───────────────────────────────────────────────────────────────────────────────────────────────


def test_opposite_movements_come_first() -> None:
    said = findings.standfirst(total=figures(), change=Fraction("0.16"), group=ages(), terms=terms())
    assert said == "Unknown adds +0.50 to the total and 45–54 −0.34."


def test_much_missing_data_comes_next() -> None:
    said = findings.standfirst(total=figures(), change=None, group=ages(), terms=terms())
    assert said == "Age is not known for 67.6 % of the customers, 1,668 of 2,469."


def test_otherwise_the_two_ends_of_what_may_be_ranked() -> None:
    group = partition(
        row("a", "A", "60", n=900),
        row("b", "B", "90", n=900),
        row("tiny", "Tiny", "1", n=29),
        row("unknown", "Unknown", "2", n=300, is_missing_data=True),
    )
    said = findings.standfirst(total=figures(), change=None, group=group, terms=terms())
    assert said == "Lowest of Age is A at 60.00, highest B at 90.00."
    alone = partition(row("a", "A", "60", n=900))
    said = findings.standfirst(total=figures(), change=None, group=alone, terms=terms())
    assert said == "Fewer than two segments of Age are large enough to compare."


def test_without_segments_or_numbers() -> None:
    said = findings.standfirst(total=figures(), change=None, group=None, terms=terms())
    assert said == "Without segments there is one number for everybody: it hides who carries it."
    said = findings.standfirst(total=small(4), change=None, group=None, terms=terms())
    assert said == "Numbers show from 5 customers on; there are 4."


# ── headings ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_heading_of_a_table_ranks_known_data_only() -> None:
    assert findings.segments_heading(group=ages(), terms=terms()) == "Every known segment of Age is Excellent"
    mixed = partition(row("a", "A", "60", n=90), row("b", "B", "75", n=90), row("c", "C", "90", n=90))
    assert findings.segments_heading(group=mixed, terms=terms()) == "Age: 1 Excellent, 1 Good, 1 Poor"
    tiny = partition(row("a", "A", "60", n=9))
    assert findings.segments_heading(group=tiny, terms=terms()) == "Age: no segment is large enough for a band yet"


def test_the_heading_of_a_trend() -> None:
    scores = [Fraction("68.43"), Fraction("68.77"), Fraction("68.93")]
    assert findings.trend_heading(scores=scores, terms=terms()) == "3 finished months between 68.4 and 68.9"
    wide = [Fraction("65.58"), Fraction("70.2")]
    assert findings.trend_heading(scores=wide, terms=terms()) == "From 65.6 to 70.2 in 2 finished months"
    assert findings.trend_heading(scores=wide[:1], terms=terms()) == "A trend begins with the second finished month"
