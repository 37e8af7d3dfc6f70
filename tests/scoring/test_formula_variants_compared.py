"""Two weight sets with weights of their own for segments, compared: every figure against plain loops."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engagement.scoring.formula import (
    NO_CAP,
    Bands,
    Comparison,
    Formula,
    Members,
    OwnNumbers,
    Side,
    Weights,
    keep_level,
    score_variant_points,
    score_variants,
    step_of,
    total_score,
    variant_column_points,
)

KEYS = ("a", "b")
Numbers = dict[str, tuple[int, int | None]]
OLD: tuple[Numbers, ...] = ({"a": (1_000, None), "b": (6_000, 2)}, {"a": (4_000, 1), "b": (0, None)})
NEW: tuple[Numbers, ...] = (
    {"a": (2_000, 3), "b": (6_000, 2)},
    {"a": (4_000, 1), "b": (500, None)},
    {"a": (-1_000, None), "b": (2_500, 4)},
)
OLD_FULL, NEW_FULL = (10_000, 6_000), (12_000, 6_000, 3_000)


def _formula(numbers: tuple[Numbers, ...], full: tuple[int, ...]) -> Formula:
    own = (OwnNumbers(f"s{at}", numbers[at], full[at]) for at in range(1, len(numbers)))
    return Formula(numbers[0], full[0], 90, None, tuple(own))


def _weights(numbers: tuple[Numbers, ...], full: tuple[int, ...]) -> tuple[Weights, ...]:
    return tuple(
        Weights(np.array([n[key][0] for key in KEYS]), np.array([n[key][1] or NO_CAP for key in KEYS]), of, 90)
        for n, of in zip(numbers, full, strict=True)
    )


BEFORE, AFTER = _formula(OLD, OLD_FULL), _formula(NEW, NEW_FULL)
WEIGHTS = {0: _weights(OLD, OLD_FULL), 1: _weights(NEW, NEW_FULL)}


def _side(rows: list[Any], side: int, first: int) -> Side:
    columns = {key: np.array([row[0][at] for row in rows], dtype=np.int64) for at, key in enumerate(KEYS)}
    variants = np.array([min(row[1], len(WEIGHTS[side]) - 1) for row in rows], dtype=np.int64)
    points = variant_column_points(columns=list(columns.values()), variant=variants, weights=WEIGHTS[side])
    scored = score_variant_points(points=points, variant=variants, weights=WEIGHTS[side], bands=Bands())
    everybody = Members.of_masks([np.ones(len(rows), dtype=np.bool_)])
    active = np.array([any(row[0]) for row in rows], dtype=np.bool_)
    return Side(first + np.arange(len(rows)), columns, active, points, scored, everybody, variants=variants)


def _compared(rows: list[Any], cut: int) -> Comparison:
    found = Comparison(before=BEFORE, after=AFTER, n_segments=1)
    for first, part in ((0, rows[:cut]), (cut, rows[cut:])):
        found.add(before=_side(part, 0, first), after=_side(part, 1, first))
    return found


ROWS = st.lists(st.tuples(st.tuples(st.integers(0, 5), st.integers(0, 3)), st.integers(0, 2)), max_size=25)


@given(ROWS, st.integers(0, 25))
def test_every_figure_is_that_of_plain_loops(rows: list[Any], cut: int) -> None:
    found = _compared(rows, cut)
    alone = [
        [
            score_variants(
                counts=np.array([counts]),
                variant=np.array([0]),
                bands=Bands(),
                channel_of_action=np.array([0, 1]),
                weights=WEIGHTS[side][min(code, len(WEIGHTS[side]) - 1) :][:1],
            )
            for counts, code in rows
        ]
        for side in (0, 1)
    ]
    assert found.levels_after[0].sum_points == sum(int(one.points[0]) for one in alone[1])
    assert found.levels_before[0].sum_score_millionths == sum(int(one.scores[0]) for one in alone[0])
    for at, key in enumerate(KEYS):
        assert found.points_after(key) == sum(int(one.points_by_action[0, at]) for one in alone[1])
    rest = [at for at, (_, code) in enumerate(rows) if code == 0]
    assert found.n_rest == len(rest)
    assert found.own_score_millionths == sum(int(alone[1][at].scores[0]) for at in range(len(rows)) if at not in rest)
    distribution, _ = found.order()
    spread = Counter(int(alone[1][at].points[0]) for at in rest if any(rows[at][0]))
    assert dict(zip(distribution.values.tolist(), distribution.counts.tolist(), strict=True)) == dict(spread)
    did = [at for at in rest if rows[at][0][0]]
    full = [at for at in did if min(int(alone[side][at].scores[0]) for side in (0, 1)) == 10**8]
    why = {(reason.kind, reason.action, reason.segment): reason.figures for reason in found.why()}
    if did:
        figures = why["action", "a", ""]
        assert (figures["n_did"], figures["n_full"], figures["rest"]) == (len(did), len(full), 1)
        assert why["cap", "a", ""]["n_after"] == sum(rows[at][0][0] > 3 for at in rest)
    else:
        assert why["never_done", "a", ""] == {"rest": 1}
    assert why["own_changed", "", "s1"]["n"] == sum(code == 1 for _, code in rows)
    assert why["own_changed", "", "s1"]["n_actions"] == 1
    assert why["own_new", "", "s2"] == {"after": 3, "n": sum(code == 2 for _, code in rows)}
    assert why["full_points", "", ""]["only"] == 0


@given(ROWS)
def test_the_cut_into_chunks_changes_nothing(rows: list[Any]) -> None:
    one, two = _compared(rows, 0), _compared(rows, 7)
    assert (one.why(), one.movers(), one.levels_after) == (two.why(), two.movers(), two.levels_after)
    assert one.order()[1] == two.order()[1]


def test_the_step_of_points_is_what_all_weights_have_in_common() -> None:
    assert step_of(BEFORE) == 1_000
    assert step_of(AFTER) == 500


@given(ROWS.filter(lambda rows: any(code == 0 and any(counts) for counts, code in rows)), st.integers(1, 2 * 10**9))
def test_what_full_points_do_not_move_is_taken_off_the_level_that_is_wanted(rows: list[Any], wanted: int) -> None:
    found = _compared(rows, 3)
    distribution, _ = found.order()
    fixed, most = found.own_score_millionths, 10**6
    kept = keep_level(
        distribution=distribution, wanted_millionths=wanted, most_thousandths=most, scale=1, fixed_millionths=fixed
    )
    if kept.full_points_thousandths is None:
        closest = {"own_weights": most, "out_of_range": most, "too_few_points": 1}[kept.obstacle]
        assert (kept.obstacle == "own_weights") == (0 < fixed >= wanted)
    else:
        closest = kept.full_points_thousandths
    total = total_score(distribution=distribution, full_points_thousandths=closest, scale=1)
    assert kept.total_score_millionths == total + fixed
