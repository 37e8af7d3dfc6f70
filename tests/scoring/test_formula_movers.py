"""Who moved: a small table with everybody in it, and a property against a second, plain implementation."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engagement.scoring.formula import ABSENT, Movement, Standing, moved


class Row(NamedTuple):
    points: int
    score: int
    active: bool
    member: bool


def _standing(rows: dict[int, Row]) -> Standing:
    numbers = sorted(rows)
    columns = [[rows[number][at] for number in numbers] for at in range(4)]
    return Standing(
        np.array(numbers, dtype=np.int64), np.array(columns[0], dtype=np.int64), np.array(columns[1], dtype=np.int64),
        np.array(columns[2], dtype=np.bool_), np.array(columns[3], dtype=np.bool_),
    )  # fmt: skip


def _plain(then: Row | None, now: Row | None) -> Movement | None:
    was, is_ = bool(then and then.member), bool(now and now.member)
    if then and now and was and is_:
        if then.points > 0 and not now.active:
            return Movement.SILENT
        if not then.active and now.points > 0:
            return Movement.BACK
        return Movement.STAYED if then.score == now.score else [Movement.FELL, Movement.ROSE][now.score > then.score]
    return Movement.JOINED if is_ else Movement.LEFT if was else None


def test_one_of_each() -> None:
    then = {
        1: Row(1, 10, True, True), 2: Row(2, 20, True, True), 3: Row(3, 30, True, True), 4: Row(4, 40, True, True),
        5: Row(0, 0, False, True), 6: Row(6, 60, True, False), 7: Row(7, 70, True, True), 8: Row(8, 80, True, False),
    }  # fmt: skip
    now = {
        1: Row(2, 20, True, True), 2: Row(1, 10, True, True), 3: Row(4, 30, True, True), 4: Row(0, 0, False, True),
        5: Row(5, 50, True, True), 6: Row(6, 60, True, True), 8: Row(8, 80, True, False),
    }  # fmt: skip
    found = moved(before=_standing(then), after=_standing(now))
    assert found.numbers.tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert [Movement(code) for code in found.movements] == [
        Movement.ROSE, Movement.FELL, Movement.STAYED, Movement.SILENT, Movement.BACK, Movement.JOINED, Movement.LEFT,
    ]  # fmt: skip
    assert found.after.tolist() == [20, 10, 30, 0, 50, 60, ABSENT]
    assert found.numbers[found.largest(rising=True, limit=10)].tolist() == [5, 1]
    assert found.numbers[found.largest(rising=False, limit=1)].tolist() == [4]


_ROWS = st.dictionaries(
    st.integers(1, 12),
    st.builds(Row, st.integers(-2, 3), st.integers(0, 3), st.booleans(), st.booleans()),
    max_size=12,
)


@given(_ROWS, _ROWS)
def test_everybody_is_in_one_group_and_the_groups_add_up(then: dict[int, Row], now: dict[int, Row]) -> None:
    found = moved(before=_standing(then), after=_standing(now))
    expected = {n: _plain(then.get(n), now.get(n)) for n in {*then, *now}}
    assert dict(zip(found.numbers.tolist(), map(Movement, found.movements), strict=True)) == {
        number: movement for number, movement in expected.items() if movement is not None
    }
    tally = dict(zip(Movement, found.tally, strict=True))
    after = sum(row.member for row in now.values())
    assert sum(tally.values()) - tally[Movement.LEFT] == after
    before = sum(row.member for row in then.values())
    assert before + tally[Movement.JOINED] - tally[Movement.LEFT] == after
