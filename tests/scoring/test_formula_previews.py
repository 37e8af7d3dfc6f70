"""Everybody scored again from columns of counts, and moved: against the run's own arithmetic and plain fractions."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from engagement.errors import InvalidInputError
from engagement.scoring.formula import (
    DECAY_SCALE,
    MAX_UNITS,
    Bands,
    Comparison,
    Formula,
    LevelSums,
    Members,
    Scored,
    Side,
    band_moves,
    capped_counts,
    column_points,
    column_total,
    largest_moves,
    score_columns,
    score_customers,
    segment_levels,
    segment_sums,
    step_of,
)
from tests.scoring.test_formula_points import weights_of

UNHURRIED = settings(deadline=None)  # many small arrays: the time says nothing
WIDTHS = ("u1", "i1", "u2", "i2", "u4", "i4", "i8")


def _narrow(values: list[int]) -> NDArray[Any]:
    """The narrowest type, as blocks store columns."""
    fitting = (
        w for w in WIDTHS if np.iinfo(w).min <= min(values, default=0) and max(values, default=0) <= np.iinfo(w).max
    )
    return np.array(values, dtype=next(fitting))


@st.composite
def drafts(draw: st.DrawFn) -> tuple[list[list[int]], list[bool], Any, Any]:
    """Counts by customer, who is a member, and two weight sets over the same actions."""
    n_actions = draw(st.integers(1, 4))
    counts = draw(st.lists(st.lists(st.integers(-20, 70_000), min_size=n_actions, max_size=n_actions), max_size=12))
    members = draw(st.lists(st.booleans(), min_size=len(counts), max_size=len(counts)))
    half_life = draw(st.sampled_from([None, 30]))
    sets = []
    for _ in range(2):
        weights = draw(st.lists(st.integers(-2_000, 9_000), min_size=n_actions, max_size=n_actions).filter(
            lambda given: max(given) > 0
        ))  # fmt: skip
        caps = draw(st.lists(st.sampled_from([1, 5, 300, 2**63 - 1]), min_size=n_actions, max_size=n_actions))
        sets.append(weights_of(weights, caps=caps, full=draw(st.integers(1, 90_000)), half_life=half_life))
    return counts, members, sets[0], sets[1]


@UNHURRIED
@given(drafts())
@example(([], [], weights_of([1]), weights_of([2])))
def test_columns_give_what_a_run_gives(given: tuple[list[list[int]], list[bool], Any, Any]) -> None:
    rows, members, weights, _ = given
    matrix = np.array(rows, dtype=np.int64).reshape(len(rows), weights.n_actions)
    columns = [_narrow([row[at] for row in rows]) for at in range(weights.n_actions)]
    bands = Bands()
    run = score_customers(
        counts=matrix, weights=weights, bands=bands, channel_of_action=np.zeros(weights.n_actions, dtype=np.int64)
    )
    scored = score_columns(columns=columns, weights=weights, bands=bands)
    assert (scored.points.tolist(), scored.scores.tolist(), scored.bands.tolist()) == (
        run.points.tolist(), run.scores.tolist(), run.bands.tolist()
    )  # fmt: skip
    mask = np.array(members, dtype=np.bool_)
    nobody, everybody = np.zeros(len(rows), dtype=np.bool_), np.ones(len(rows), dtype=np.bool_)
    found = segment_levels(scored=scored, members=Members.of_masks([nobody, mask, nobody, everybody, nobody]))
    for level, who in zip(found, (nobody, mask, nobody, everybody, nobody), strict=True):
        sums = segment_sums(scored=run, member_mask=who)
        assert level == LevelSums(sums.n, sums.sum_points, sums.sum_score_millionths, sums.band_counts)
        assert (level.score, level.points_per_customer(scale=weights.scale)) == (sums.score, sums.points_per_customer)


def test_points_pass_64_bits_of_a_column_but_not_of_a_customer() -> None:
    """The columns' largest are of two customers: neither passes the bound, so both are scored."""
    half = MAX_UNITS // 2 + 1
    weights = weights_of([1, 1])
    apart = [np.array([half, 0]), np.array([0, half])]
    assert column_points(columns=apart, weights=weights).tolist() == [half, half]
    with pytest.raises(InvalidInputError, match="more points than can be added up"):
        column_points(columns=[np.array([half]), np.array([half])], weights=weights)


def test_sums_of_the_largest_points_do_not_wrap_round() -> None:
    points = np.array([MAX_UNITS, MAX_UNITS, -5])
    scored = Scored(points, np.array([10**8, 10**8, 0]), np.array([2, 2, 0]))
    members = Members.of_masks([np.array([True, True, True]), np.array([False, False, True])])
    whole, last = segment_levels(scored=scored, members=members)
    assert (whole.sum_points, whole.band_counts) == (2 * MAX_UNITS - 5, (1, 0, 2))
    assert (last.sum_points, last.n) == (-5, 1)
    assert column_total(points) == 2 * MAX_UNITS - 5


def test_a_cap_beyond_the_columns_type_caps_nobody() -> None:
    column = np.array([3, 200], dtype=np.uint8)
    assert capped_counts(counts=column, cap=300) is column
    assert capped_counts(counts=column, cap=4).tolist() == [3, 4]


def test_a_chunk_is_no_longer_than_its_index_reaches() -> None:
    with pytest.raises(ValueError, match="65,536"):
        Members.of_masks([np.ones(2**16 + 1, dtype=np.bool_)])
    masks = [np.array([True, False, True]), np.array([False, False, False])]
    assert [mask.tolist() for mask in Members.of_masks(masks).masks(n=3)] == [mask.tolist() for mask in masks]


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.booleans()), max_size=30))
def test_moves_are_counted_one_by_one(rows: list[tuple[int, int, bool]]) -> None:
    before, after = (np.array([row[at] for row in rows], dtype=np.int8) for at in (0, 1))
    masks = [np.array([row[2] for row in rows], dtype=np.bool_), np.zeros(len(rows), dtype=np.bool_)]
    found = band_moves(before=before, after=after, members=Members.of_masks(masks))
    expected = np.zeros((2, 3, 3), dtype=np.int64)
    for old, new, is_member in rows:
        expected[0, old, new] += is_member
    assert found.tolist() == expected.tolist()


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(-9, 9), st.integers(-9, 9)), max_size=40),
    st.integers(1, 6),
)
def test_those_who_move_most_are_those_that_sorting_finds(rows: list[tuple[int, int, int, int]], most: int) -> None:
    before = Scored(np.array([row[2] for row in rows]), np.array([row[0] for row in rows]), np.zeros(len(rows)))
    after = Scored(np.array([row[3] for row in rows]), np.array([row[1] for row in rows]), np.zeros(len(rows)))
    order = sorted(
        range(len(rows)), key=lambda at: (-abs(rows[at][1] - rows[at][0]), -abs(rows[at][3] - rows[at][2]), at)
    )
    expected = [at for at in order if rows[at][0] != rows[at][1]][:most]
    assert sorted(largest_moves(before=before, after=after, most=most).tolist()) == sorted(expected)


def test_a_move_as_wide_as_64_bits_is_measured() -> None:
    before = Scored(np.array([-MAX_UNITS, 0]), np.array([0, 0]), np.array([0, 0]))
    after = Scored(np.array([MAX_UNITS, 1]), np.array([100, 100]), np.array([2, 2]))
    assert largest_moves(before=before, after=after, most=1).tolist() == [0]


# ── the whole, chunk by chunk ────────────────────────────────────────────────────────────────────────────────


def _side(numbers: list[int], rows: list[list[int]], weights: Any, members: list[bool]) -> Side:
    columns = {f"a{at}": _narrow([row[at] for row in rows]) for at in range(weights.n_actions)}
    scored = score_columns(columns=list(columns.values()), weights=weights, bands=Bands())
    return Side(
        numbers=np.array(numbers, dtype=np.int64),
        columns=columns,
        active=np.array([any(row) for row in rows], dtype=np.bool_),
        points=scored.points,
        scored=scored,
        members=Members.of_masks([np.ones(len(rows), dtype=np.bool_), np.array(members, dtype=np.bool_)]),
    )


def _formula(weights: Any) -> Formula:
    caps = [None if cap == 2**63 - 1 else cap for cap in weights.caps.tolist()]
    actions = zip(weights.weight_thousandths.tolist(), caps, strict=True)
    return Formula(
        actions={f"a{at}": pair for at, pair in enumerate(actions)},
        full_points_thousandths=weights.full_points_thousandths,
        window_days=90,
        half_life_days=weights.half_life_days,
    )


def _compared(given: tuple[list[list[int]], list[bool], Any, Any], cuts: list[int]) -> Comparison:
    rows, members, before, after = given
    found = Comparison(before=_formula(before), after=_formula(after), n_segments=2)
    for start, end in pairwise(sorted({0, len(rows), *(cut for cut in cuts if cut < len(rows))})):
        numbers = list(range(start, end))
        old = _side(numbers, rows[start:end], before, members[start:end])
        new = _side(numbers, rows[start:end], after, members[start:end])
        found.add(before=old, after=Side(old.numbers, new.columns, new.active, new.points, new.scored, old.members))
    return found


def _figures(found: Comparison) -> Any:
    distribution, order = found.order()
    return (
        found.levels_before, found.levels_after, found.moves.tolist(), found.movers(), found.why(), found.occurrences,
        found.n, found.n_active, distribution.values.tolist(), distribution.counts.tolist(), order,
    )  # fmt: skip


@UNHURRIED
@given(drafts(), st.lists(st.integers(1, 11), max_size=3))
def test_the_cut_into_chunks_changes_nothing(given: Any, cuts: list[int]) -> None:
    assert _figures(_compared(given, cuts)) == _figures(_compared(given, []))


@UNHURRIED
@given(drafts())
def test_every_move_leaves_one_band_and_arrives_in_one(given: Any) -> None:
    found = _compared(given, [5])
    for before, after, moves in zip(found.levels_before, found.levels_after, found.moves, strict=True):
        assert tuple(moves.sum(axis=1).tolist()) == before.band_counts
        assert tuple(moves.sum(axis=0).tolist()) == after.band_counts


def test_customers_whom_one_side_leaves_out_are_compared_with_nobody() -> None:
    weights = weights_of([1_000], full=10_000)
    found = Comparison(before=_formula(weights), after=_formula(weights_of([2_000], full=10_000)), n_segments=2)
    before = _side([1, 2, 5], [[4], [9], [1]], weights, [True, True, False])
    after = _side([2, 5, 7], [[9], [1], [3]], weights_of([2_000], full=10_000), [True, True, True])
    found.add(before=before, after=after)
    assert [level.n for level in (*found.levels_before, *found.levels_after)] == [3, 2, 3, 3]
    assert found.moves.sum() == 2 + 1  # customers 2 and 5 of everybody, and 2 alone under both rules of the segment
    assert [(move.number, move.scores) for move in found.movers()] == [
        (2, (90_000_000, 100_000_000)), (5, (10_000_000, 20_000_000))
    ]  # fmt: skip
    assert found.order()[1] is not None


def test_points_are_counted_in_steps_of_what_the_weights_have_in_common() -> None:
    assert step_of(_formula(weights_of([2_000, -3_000, 0]))) == 1_000
    assert step_of(_formula(weights_of([1, 5_000], half_life=9))) == 1
    assert DECAY_SCALE == 10**6
