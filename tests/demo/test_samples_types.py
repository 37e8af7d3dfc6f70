"""Segments made from a trait: keys, names, rules."""

from __future__ import annotations

import pytest

from engagement.demo.samples.types import (
    SampleSegment,
    SampleSegmentSet,
    segment_key,
    slug_of,
    trait_partition,
)


def test_a_partition_has_a_segment_for_each_value_and_one_for_the_rest() -> None:
    assert trait_partition(
        trait="age_group", name="Age", values=("19-24", "65+"), missing_name="Age not known"
    ) == SampleSegmentSet(
        key="age-group",
        name="Age",
        is_partition=True,
        segments=(
            SampleSegment(
                key="age-group-19-24",
                name="19-24",
                rule={"all": [{"trait": "age_group", "op": "is", "value": "19-24"}]},
            ),
            SampleSegment(
                key="age-group-65-plus",
                name="65+",
                rule={"all": [{"trait": "age_group", "op": "is", "value": "65+"}]},
            ),
            SampleSegment(
                key="age-group-not-known",
                name="Age not known",
                rule={"all": [{"trait": "age_group", "op": "is_missing"}]},
            ),
        ),
    )


@pytest.mark.parametrize(
    "text, slug",
    [
        ("plan Team", "plan-team"),
        ("age 65+", "age-65-plus"),
        ("household_size 5+", "household-size-5-plus"),
        ("  North   America ", "north-america"),
        ("250K+", "250k-plus"),
    ],
)
def test_slugs(text: str, slug: str) -> None:
    assert slug_of(text) == slug


def test_a_value_with_a_plus_is_another_key_than_without() -> None:
    assert segment_key(trait="size", value="5") != segment_key(trait="size", value="5+")
