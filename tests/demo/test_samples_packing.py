"""The packed form gives back what went in, or refuses it."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagement.demo.samples.packing import from_planes, pack_events, to_planes, unpack_events
from engagement.errors import InvalidInputError

HEADER = b"event_id,customer_id,event_type,occurred_at,value\n"
EVENTS = HEADER + (
    b"C24-1238,1238,campaign_received,2016-11-14T12:00:00Z,\n"
    b"B31198570044,900,purchase,2017-01-01T11:53:26Z,0.50\n"
    b"R0,1029,coupon_redemption,2017-01-01T12:00:00Z,\n"
    b"R1,1029,coupon_redemption,2017-01-01T12:00:00Z,\n"
    b"B41481282915,2500,purchase,2018-01-01T04:01:20Z,961.49\n"
)


def test_events_come_back_byte_for_byte() -> None:
    assert "".join(unpack_events(pack_events(EVENTS))).encode() == EVENTS.removeprefix(HEADER)


def test_planes_hold_the_lowest_bytes_first() -> None:
    assert to_planes([1, 258], width=2) == b"\x01\x02\x00\x01"


@given(st.lists(st.integers(min_value=0, max_value=2**40 - 1)), st.binary(max_size=4))
def test_every_column_comes_back_and_leaves_the_next_one_alone(numbers: list[int], rest: bytes) -> None:
    planes = io.BytesIO(to_planes(numbers, width=5) + rest)

    assert from_planes(planes, count=len(numbers), width=5) == numbers
    assert planes.read() == rest


def test_a_number_too_large_for_its_column_is_refused() -> None:
    with pytest.raises(OverflowError):
        to_planes([65_536], width=2)


@pytest.mark.parametrize(
    "row",
    [
        b"R7,1029,coupon_redemption,2018-01-02T12:00:00Z,\n",  # coupons are counted from 0
        b"C24-1238,1239,campaign_received,2018-01-02T12:00:00Z,\n",  # the id names somebody else
        b"B1,900,purchase,2018-01-02T12:00:00Z,5.0\n",  # one decimal would come back as 0.50
        b"B1,900,purchase,2018-01-02T12:00:00+00:00,5.00\n",  # the same instant, written otherwise
        b"R2,1029,coupon_redemption,2018-01-02T12:00:00Z,1.00\n",  # only purchases have a value
    ],
)
def test_a_row_that_would_come_back_changed_is_refused(row: bytes) -> None:
    with pytest.raises(InvalidInputError, match="no place for"):
        pack_events(EVENTS + row)
