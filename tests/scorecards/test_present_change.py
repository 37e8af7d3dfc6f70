"""The change in parts: what is printed adds up, or is not printed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagement.insights.types import Period, SegmentGroup, SegmentRow
from engagement.scorecards.present.change import ChangePanel, ChangeRow, change_panel, parts_of, printed_ends
from engagement.scorecards.words.periods import Unscored, shared_days
from tests.scorecards.made import BEFORE, ages, comparison, figures, partition, row, run, scorecard, small, terms


def _panel(group: SegmentGroup | None, *, change: str = "0.16", then_weights: int = 2) -> ChangePanel:
    total = figures()
    previous = figures(Fraction("68.928716") - Fraction(change), as_of=BEFORE)
    parts = parts_of(total=total, previous=previous, group=group, terms=terms())
    return change_panel(
        compared=total,
        previous=previous,
        comparison=comparison(before=run(as_of=BEFORE, weight_set_number=then_weights)),
        change=Fraction(change),
        group=group,
        parts=parts,
        terms=terms(),
    )


def test_the_parts_of_a_partition_add_up_as_printed() -> None:
    panel = _panel(ages())
    assert panel.rows == (
        ChangeRow(name="At 30 November 2017", value="68.77", is_end=True),
        ChangeRow(name="45–54", key="older", value="−0.34"),
        ChangeRow(name="19–24", key="younger", value="0.00"),
        ChangeRow(name="Unknown", key="unknown", value="+0.50", is_missing=True),
        ChangeRow(name="At 31 December 2017", value="68.93", is_end=True),
    )
    assert panel.sum == "68.77 − 0.34 + 0.00 + 0.50 = 68.93."
    assert panel.heading == "The score rose by 0.16 since 30 November 2017"
    assert panel.caption == (
        "What each segment of Age adds to it. Each looks 90 days back, so they share 59 of them. No interval is known"
        " for a change."
    )


def test_a_change_under_0_05_reads_unchanged_and_still_adds_up() -> None:
    group = partition(row("a", "A", "70", n=900, adds="0.5"), row("b", "B", "60", n=900, adds="-0.46"))
    panel = _panel(group, change="0.04")
    assert panel.heading == "The score is unchanged since 30 November 2017"
    assert panel.sum == "68.89 + 0.50 − 0.46 = 68.93. A change of +0.04 is under 0.05: unchanged."


def test_segments_too_small_to_show_stand_together_in_a_rest() -> None:
    group = partition(row("a", "A", "70", n=900, adds="0.5"), row("b", "B", None, n=3, adds="-0.34"))
    panel = _panel(group)
    assert [(each.name, each.key, each.value) for each in panel.rows[1:-1]] == [
        ("A", "a", "+0.50"),
        ("Segments too small to show", "", "−0.34"),
    ]


def test_weights_that_changed_are_said() -> None:
    assert (
        "Weight set 2 now, 1 then: part of the change comes from the weights." in _panel(ages(), then_weights=1).caption
    )


@pytest.mark.parametrize(
    ("group", "said"),
    [
        (None, "The change is +0.16. With segments, this table says which of them it comes from."),
        (
            partition(row("a", "A", "70", n=900), name="Household", is_partition=False),
            "The change is +0.16. Segments of Household overlap, so their changes do not add up to it.",
        ),
        (
            partition(row("a", "A", "70", n=900, adds="0.5")),
            (
                "The change is +0.16. It cannot be split by Age: not every segment was there in both months, or they"
                " do not hold every customer once."
            ),
        ),
        (
            partition(row("a", "A", "70", n=900, adds="0.16"), row("b", "B", "70", n=900)),
            (
                "The change is +0.16. It cannot be split by Age: not every segment was there in both months, or they"
                " do not hold every customer once."
            ),
        ),
    ],
)
def test_what_does_not_add_up_is_not_printed_as_if_it_did(group: SegmentGroup | None, said: str) -> None:
    panel = _panel(group)
    assert (panel.rows, panel.sum) == ((), said)


def test_nothing_to_compare_with() -> None:
    card = scorecard(previous=None, change=None)
    panel = change_panel(
        compared=card.total,
        previous=None,
        comparison=comparison(before=None, unscored=(BEFORE,)),
        change=None,
        group=ages(),
        parts=parts_of(total=card.total, previous=None, group=ages(), terms=terms()),
        terms=terms(),
    )
    assert (panel.heading, panel.rows) == ("Nothing to compare with yet", ())
    assert panel.sum.startswith("Not scored: 30 November 2017. A change is one step between two finished months")
    assert panel.unscored == (Unscored(day="2017-11-30", text="30 Nov 2017"),)
    few = change_panel(
        compared=small(4),
        previous=figures(),
        comparison=comparison(),
        change=None,
        group=None,
        parts=None,
        terms=terms(),
    )
    assert few.sum == "December 2017 has no score: fewer than 5 customers."


def test_a_provisional_day_shows_the_last_finished_step() -> None:
    """On 9 January the page compares December with November, and says so."""
    total, previous = figures(), figures("68.768716", as_of=BEFORE)
    panel = change_panel(
        compared=total,
        previous=previous,
        comparison=comparison(is_shown=False, periods=(Period(date(2018, 1, 9), "January", False, True, True),)),
        change=Fraction("0.16"),
        group=ages(),
        parts=parts_of(total=total, previous=previous, group=ages(), terms=terms()),
        terms=terms(),
    )
    assert panel.heading == "December 2017: the score rose by 0.16"
    assert panel.caption.startswith(
        "December 2017 against November 2017; the day that is shown is provisional and is not compared."
    )
    assert (panel.rows[0].name, panel.rows[-1].name) == ("At 30 November 2017", "At 31 December 2017")


def test_windows_of_a_quarter_that_do_not_overlap_share_no_days() -> None:
    far = comparison(before=run(as_of=date(2017, 9, 30)))
    assert shared_days(far) == ""
    assert shared_days(comparison(before=run(as_of=date(2017, 12, 24)))) == (
        "Each looks 90 days back, so they share 83 of them."
    )
    assert shared_days(comparison(before=run(as_of=BEFORE, window_days=30))) == ""


def test_ends_share_their_decimals_and_keep_their_bands() -> None:
    start, end = printed_ends(before=Fraction("69.996"), now=Fraction("70.1"), terms=terms())
    assert (start, end) == (Decimal("69.996"), Decimal("70.100"))


# Millionths of a score, as the sums keep them.
_ADDS = st.lists(st.integers(-20_000_000, 20_000_000), min_size=1, max_size=8)


@given(_ADDS, st.integers(0, 100_000_000), st.data())
def test_every_line_can_be_added_on_the_page(millionths: list[int], now: int, data: st.DataObject) -> None:
    change = sum(millionths)
    if not 0 <= now - change <= 100_000_000:
        return
    hidden = data.draw(st.lists(st.booleans(), min_size=len(millionths), max_size=len(millionths)))
    rows = tuple(
        _row(at, Fraction(part, 1_000_000), is_hidden=is_hidden)
        for at, (part, is_hidden) in enumerate(zip(millionths, hidden, strict=True))
    )
    total, previous = figures(Fraction(now, 1_000_000)), figures(Fraction(now - change, 1_000_000))
    parts = parts_of(total=total, previous=previous, group=partition(*rows), terms=terms())
    assert parts is not None
    printed = [*parts.by_key.values(), *([] if parts.rest is None else [parts.rest])]
    assert parts.start + sum(printed) == parts.end
    places = Fraction(1, 10 ** -int(parts.end.as_tuple().exponent))
    for at, part in enumerate(millionths):
        if not hidden[at]:
            assert abs(Fraction(parts.by_key[f"s{at}"]) - Fraction(part, 1_000_000)) <= places


def _row(at: int, part: Fraction, *, is_hidden: bool) -> SegmentRow:
    made = row(f"s{at}", f"S{at}", None if is_hidden else "50", n=3 if is_hidden else 90)
    return replace(made, adds_to_total=part)
