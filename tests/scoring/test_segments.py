"""Segments: versions of rules, sets made of a trait, whether partitions hold, and who is left out."""

from __future__ import annotations

from typing import Any

import pytest

from engagement.errors import ConflictError, InvalidInputError, NotFoundError
from engagement.insights.services import score
from engagement.scoring import services
from engagement.scoring.models import ExclusionDefinition, Segment, SegmentDefinition, SegmentSet
from engagement.scoring.rules import parse_rule
from engagement.scoring.selectors.rules import count_matching, trait_names
from engagement.scoring.selectors.segments import exclusion, partition_problem, segment, segment_sets, segments
from engagement.scoring.services.partitions import natural_order
from engagement.scoring.types import PartitionReport, RuleCount
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.scoring.config import YESTERDAY, add_customers, noon, published, store, stored

AGES: dict[int, dict[str, Any]] = {
    1: {"age": "65+"}, 2: {"age": "19-24"}, 3: {"age": " 19-24 "}, 4: {"age": "Under 19"}, 5: {"age": "unknown"},
    6: {}, 7: {"age": None}, 8: {"age": ["19-24"]}, 9: {"age": 7}, 10: {"age": "n/a"},
}  # fmt: skip


def is_value(trait: str, value: str) -> dict[str, Any]:
    return {"all": [{"trait": trait, "op": "is", "value": value}]}


def _create(organisation: Organisation, name: str, rule: dict[str, Any], **settings: Any) -> str:
    return services.create_segment(
        organisation=organisation, set_key=settings.pop("set_key", "plans"), name=name, rule=rule, user=None, now=NOW,
        **settings,
    )  # fmt: skip


def _plans(organisation: Organisation, *, is_partition: bool = True) -> str:
    return services.create_segment_set(organisation=organisation, name="Plans", is_partition=is_partition)


def _change(organisation: Organisation, key: str, **changes: Any) -> bool:
    return services.change_segment(organisation=organisation, key=key, user=None, now=NOW, **changes)


# ── segments and sets ────────────────────────────────────────────────────────────────────────────────────────


def test_a_segment_has_versions_of_its_rule(world: World) -> None:
    with organisation_scope(world.ours.id):
        assert _plans(world.ours) == "plans"
        assert _create(world.ours, "Team", is_value("plan", "Team")) == "team"
        assert _change(world.ours, "team", name="Teams", rule=is_value("plan", " Team ")) is False
        assert _change(world.ours, "team", rule=is_value("plan", "team")) is True
        found = segment(organisation=world.ours, key="team")
        assert (found.name, found.set_key, found.words) == ("Teams", "plans", "plan is team")
        assert (found.definition, found.n, found.is_missing_data) == (3, None, False)
        rows = SegmentDefinition.objects.filter(segment__key="team").order_by("number")
        assert [(row.number, row.rule) for row in rows] == [
            (2, is_value("plan", "Team")),
            (3, is_value("plan", "team")),
        ]


def test_segments_stand_by_set_with_missing_data_last(world: World) -> None:
    with organisation_scope(world.ours.id):
        _plans(world.ours)
        services.create_segment_set(organisation=world.ours, name="Age", is_partition=False, position=0, key="age")
        _create(world.ours, "Not known", {"trait": "plan", "op": "is_missing"}, is_missing_data=True)
        _create(world.ours, "Team", is_value("plan", "Team"))
        _create(world.ours, "Old", is_value("age", "old"), set_key="age")
        assert [(line.set_key, line.key) for line in segments(organisation=world.ours)] == [
            (None, "all"), ("age", "old"), ("plans", "team"), ("plans", "not-known")
        ]  # fmt: skip
        sets = segment_sets(organisation=world.ours, check=True)
        assert [(line.key, line.is_partition, len(line.segments)) for line in sets] == [
            ("age", False, 1),
            ("plans", True, 2),
        ]
        assert sets[0].partition is None
        assert sets[1].partition == PartitionReport(0, 0, 0, is_checked=True)


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"set_key": "none"}, "set"),
        ({"rule": {"all": [{"trait": "plan", "op": "near", "value": "x"}]}}, "all[0].op"),
        ({"rule": {"all": [{"activity": "band", "op": "is", "value": "fine"}]}}, "all[0].value"),
        ({"key": "a b"}, "key"),
    ],
)
def test_what_a_segment_refuses_it_names(world: World, settings: dict[str, Any], field: str) -> None:
    said = {"name": "Team", "rule": is_value("plan", "Team"), **settings}
    with organisation_scope(world.ours.id):
        _plans(world.ours)
        with pytest.raises(InvalidInputError) as refused:
            _create(world.ours, said.pop("name"), said.pop("rule"), **said)
        assert list(refused.value.fields) == [field]
        assert Segment.objects.count() == 1


def test_all_customers_stay_all_customers(world: World) -> None:
    with organisation_scope(world.ours.id):
        with pytest.raises(ConflictError):
            _change(world.ours, "all", rule=is_value("plan", "Team"))
        with pytest.raises(ConflictError):
            services.archive_segment(organisation=world.ours, key="all", now=NOW)
        assert _change(world.ours, "all", name="Everybody", rule={"all": []}) is False
        assert segment(organisation=world.ours, key="all").name == "Everybody"


def test_an_archived_segment_is_gone_and_its_key_is_not_given_again(world: World) -> None:
    with organisation_scope(world.ours.id):
        _plans(world.ours)
        _create(world.ours, "Team", is_value("plan", "Team"))
        services.archive_segment(organisation=world.ours, key="team", now=NOW)
        with pytest.raises(NotFoundError):
            segment(organisation=world.ours, key="team")
        assert _create(world.ours, "Team", is_value("plan", "Team")) == "team-2"


def test_another_organisations_segments_are_unknown(world: World) -> None:
    with organisation_scope(world.other.id):
        _plans(world.other)
        _create(world.other, "Team", is_value("plan", "Team"))
    with organisation_scope(world.ours.id):
        for act in (
            lambda: segment(organisation=world.ours, key="team"),
            lambda: _change(world.ours, "team", name="Mine"),
            lambda: services.archive_segment(organisation=world.ours, key="team", now=NOW),
            lambda: partition_problem(organisation=world.ours, set_key="plans"),
        ):
            with pytest.raises(NotFoundError):
                act()
        with pytest.raises(InvalidInputError):
            _create(world.ours, "Mine", is_value("plan", "Team"))
    with organisation_scope(world.other.id, write=False):
        assert Segment.objects.get(key="team").archived_at is None


# ── counting what a rule finds ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("rule", "n"),
    [
        ({"all": []}, 10),
        (is_value("age", "19-24"), 2),
        ({"trait": "age", "op": "is_missing"}, 4),  # null, absent, "unknown", a list
        ({"trait": "age", "op": "gte", "value": 7}, 1),
        ({"any": [is_value("age", "65+"), {"customers": ["c6", "c7", "nobody"]}]}, 3),
        ({"all": [{"activity": "points", "op": "gt", "value": 1}]}, None),
    ],
)
def test_a_rule_is_counted_on_the_customers_there_are(world: World, rule: dict[str, Any], n: int | None) -> None:
    add_customers(world.ours, AGES)
    add_customers(world.ours, {20: {"age": "19-24"}}, excluded=True)
    add_customers(world.ours, {21: {"age": "19-24"}}, identified=False)
    add_customers(world.ours, {22: {"age": "19-24"}}, merged_into=2)
    add_customers(world.other, {1: {"age": "19-24"}})
    with organisation_scope(world.ours.id, write=False):
        assert count_matching(organisation=world.ours, rule=parse_rule(rule)) == RuleCount(n, 10)


def test_who_is_left_out_by_a_rule_is_not_counted(world: World) -> None:
    add_customers(world.ours, AGES)
    rule = parse_rule({"trait": "age", "op": "is_set"})
    with organisation_scope(world.ours.id):
        services.set_exclusion(organisation=world.ours, rule=is_value("age", "19-24"), note="", user=None, now=NOW)
        assert count_matching(organisation=world.ours, rule=rule) == RuleCount(4, 8)
        services.set_exclusion(
            organisation=world.ours, rule={"activity": "points", "op": "lt", "value": 1}, note="", user=None, now=NOW
        )
        assert count_matching(organisation=world.ours, rule=rule) == RuleCount(6, 10)  # only a scoring knows


def test_traits_are_offered_by_how_many_have_them(world: World) -> None:
    add_customers(world.ours, {1: {"plan": "x", "age": 1}, 2: {"age": 2}})
    add_customers(world.other, {1: {"secret": "x"}})
    with organisation_scope(world.ours.id, write=False):
        assert trait_names(organisation=world.ours) == ("age", "plan")


# ── partitions ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_trait_makes_a_partition_that_holds(world: World) -> None:
    add_customers(world.ours, AGES)
    with organisation_scope(world.ours.id):
        key = services.segments_from_trait(
            organisation=world.ours, trait=" age ", name="Age", user=world.admin, now=NOW
        )
        (found,) = segment_sets(organisation=world.ours, check=True)
        assert (key, found.key, found.name, found.is_partition) == ("age", "age", "Age", True)
        assert [(line.key, line.name, line.is_missing_data) for line in found.segments] == [
            ("age-7", "7", False),
            ("age-under-19", "Under 19", False),
            ("age-19-24", "19-24", False),
            ("age-65-plus", "65+", False),
            ("age-n-a", "n/a", False),
            ("age-unknown", "Unknown", True),
        ]
        assert found.partition == PartitionReport(n=10, n_gaps=0, n_overlaps=0, is_checked=True)
        assert found.partition.is_whole
        assert partition_problem(organisation=world.ours, set_key="age") == found.partition


def test_gaps_and_overlaps_are_counted(world: World) -> None:
    add_customers(world.ours, AGES)
    with organisation_scope(world.ours.id):
        _plans(world.ours)
        _create(world.ours, "Young", {"trait": "age", "op": "in", "value": ["Under 19", "19-24"]})
        _create(world.ours, "Twenty", is_value("age", "19-24"))
        _create(world.ours, "Listed", {"customers": ["c1", "c4"]})
        report = partition_problem(organisation=world.ours, set_key="plans")
        # In one: customer 1. In two: 2, 3 (Young, Twenty) and 4 (Young, Listed). In none: the other six.
        assert report == PartitionReport(n=10, n_gaps=6, n_overlaps=3, is_checked=True)
        assert not report.is_whole
        _create(world.ours, "Busy", {"activity": "actions", "op": "gt", "value": 3})
        report = partition_problem(organisation=world.ours, set_key="plans")
        assert report == PartitionReport(n=10, n_gaps=0, n_overlaps=0, is_checked=False)
        assert not report.is_whole


@pytest.mark.parametrize(
    ("traits", "trait"),
    [
        ({1: {"plan": "x"}}, ""),
        ({1: {"plan": "x"}}, "plans"),  # nobody has it
        ({1: {"plan": "unknown"}}, "plan"),
        ({n: {"plan": f"p{n}"} for n in range(31)}, "plan"),
        ({1: {"plan": "x" * 81}}, "plan"),
        ({1: {"plan": "a\nb"}}, "plan"),
    ],
)
def test_a_trait_that_makes_no_partition_is_refused_whole(world: World, traits: dict[int, Any], trait: str) -> None:
    add_customers(world.ours, traits)
    with organisation_scope(world.ours.id):
        with pytest.raises(InvalidInputError) as refused:
            services.segments_from_trait(organisation=world.ours, trait=trait, name="Plan", user=None, now=NOW)
        assert list(refused.value.fields) == ["trait"]
        assert not SegmentSet.objects.exists()


def test_thirty_values_are_the_limit(world: World) -> None:
    add_customers(world.ours, {n: {"plan": f"p{n}"} for n in range(30)})
    with organisation_scope(world.ours.id):
        services.segments_from_trait(organisation=world.ours, trait="plan", name="Plan", user=None, now=NOW)
        assert Segment.objects.filter(segment_set__key="plan").count() == 31


def test_values_are_sorted_as_people_read_them() -> None:
    ordered = ["Under 15K", "15-24K", "25-34K", "250K+", "1,000-2,000", "$35,000.50", "Basic", "team", "v2"]
    assert sorted([*ordered[4:], *ordered[:4]], key=natural_order) == ordered


# ── after a scoring ──────────────────────────────────────────────────────────────────────────────────────────


def test_the_latest_scoring_says_how_many_are_in_a_segment(world: World) -> None:
    """One rule asks for activity and a trait: for whom the trait holds is kept behind the segments' bitmaps."""
    add_customers(world.ours, AGES)
    store(world.ours, [stored(1, "visit", at=noon(YESTERDAY), message_id="a")])
    published(world.ours)
    with organisation_scope(world.ours.id):
        services.segments_from_trait(organisation=world.ours, trait="age", name="Age", user=None, now=NOW)
        services.set_exclusion(organisation=world.ours, rule={"customers": ["c2"]}, note="", user=None, now=NOW)
        young = {"any": [is_value("age", "19-24"), {"activity": "points", "op": "gt", "value": 0}]}
        _plans(world.ours)
        _create(world.ours, "Young or busy", young)
    score(organisation_id=world.ours.id, as_of=YESTERDAY, cause="request", now=NOW)
    with organisation_scope(world.ours.id):
        _create(world.ours, "Later", is_value("age", "65+"))
        assert {line.key: line.n for line in segments(organisation=world.ours)} == {
            "all": 9, "age-7": 1, "age-under-19": 1, "age-19-24": 1, "age-65-plus": 1, "age-n-a": 1, "age-unknown": 4,
            "young-or-busy": 2, "later": None,
        }  # fmt: skip


# ── who is left out ──────────────────────────────────────────────────────────────────────────────────────────


def test_exclusions_are_versions_too(world: World) -> None:
    with organisation_scope(world.ours.id):
        view = exclusion(organisation=world.ours)
        assert (view.number, view.rule, view.words) == (0, None, "")
        rule = {"any": [{"trait": "role", "op": "is", "value": "staff"}]}
        assert services.set_exclusion(
            organisation=world.ours, rule=rule, note=" tests ", user=world.admin, now=NOW
        ) == 1  # fmt: skip
        view = exclusion(organisation=world.ours)
        assert (view.number, view.rule, view.words, view.note) == (1, rule, "role is staff", "tests")
        assert (view.created_by, view.created_at) == (world.admin.name, NOW)
        assert services.set_exclusion(organisation=world.ours, rule=None, note="", user=None, now=NOW) == 2
        view = exclusion(organisation=world.ours)
        assert (view.number, view.rule, view.words) == (2, None, "")
        assert ExclusionDefinition.objects.get(number=1).rule == rule


def test_a_rule_that_leaves_everybody_out_is_refused(world: World) -> None:
    with organisation_scope(world.ours.id):
        with pytest.raises(InvalidInputError):
            services.set_exclusion(organisation=world.ours, rule={"all": []}, note="", user=None, now=NOW)
        assert not ExclusionDefinition.objects.exists()


def test_a_scoring_without_a_rule_of_exclusion_scores_everybody_again(world: World) -> None:
    add_customers(world.ours, AGES)
    published(world.ours)
    for rule, n in (({"customers": ["c1"]}, 9), (None, 10)):
        with organisation_scope(world.ours.id):
            services.set_exclusion(organisation=world.ours, rule=rule, note="", user=None, now=NOW)
        run = score(organisation_id=world.ours.id, as_of=YESTERDAY, cause="request", now=NOW)
        assert run.customers == n
