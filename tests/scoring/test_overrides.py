"""Own weights for segments: what a draft may hold, copies, publishing whole, and what they forbid elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import override_settings

from engagement.errors import ConflictError, InvalidInputError, NotFoundError
from engagement.scoring import services
from engagement.scoring.models import OverrideWeight, PreviewJob, Segment, SegmentSet, WeightOverride, WeightSet
from engagement.scoring.selectors.publishing import left_out
from engagement.scoring.selectors.weights import draft_view, published_view, weight_set, weight_sets
from engagement.scoring.services.segments import keep_segment_set, place_segment
from engagement.scoring.types import WeightChange, WeightSetView
from tenants.models import Organisation, User
from tenants.scope import organisation_scope
from tests.conftest import NOW, World
from tests.scoring.config import kept, published, story
from tests.scoring.own_weights_world import add_partitions, add_segment, own, told
from tests.scoring.templates_world import applying, content, make_template, next_version

OWN = {"visit": ("2", 3), "social": ("5", None), "email_open": ("0", None), "purchase": ("10", None)}
ACTIVE = {"all": [{"activity": "points", "op": "gt", "value": 5}]}


@pytest.fixture
def ours(world: World) -> Organisation:
    """A draft with weights 1/5/10 and full points 10, and partitions."""
    add_partitions(world.ours)
    kept(world.ours)
    return world.ours


def _publish(organisation: Organisation, **said: Any) -> WeightSetView:
    with organisation_scope(organisation.id):
        draft = draft_view(organisation=organisation)
        assert draft is not None
        return services.publish(
            organisation=organisation,
            user=User.objects.filter(email__startswith="consultant").first(),
            note="Why",
            changed_at=draft.changed_at,
            now=NOW,
            **said,
        )


def _in(organisation: Organisation, act: Callable[[], Any]) -> Any:
    with organisation_scope(organisation.id):
        return act()


def _counts(organisation: Organisation) -> tuple[int, int]:
    with organisation_scope(organisation.id):
        return WeightOverride.objects.count(), OverrideWeight.objects.count()


# ── keeping and taking away ──────────────────────────────────────────────────────────────────────────────────


def test_what_is_new_begins_with_the_sets_own_numbers_and_what_is_not_named_stays(ours: Organisation) -> None:
    before = _in(ours, lambda: draft_view(organisation=ours))
    view = own(ours)
    assert told(view) == {"wholesale": ("40", OWN)}
    assert (view.overrides[0].set_name, view.overrides[0].segment_name) == ("Plan", "Wholesale")
    assert view.changed_at > before.changed_at
    assert view.weights == before.weights
    assert view.full_points == Decimal(10)
    again = own(
        ours,
        weights={"social": WeightChange(Decimal("-0.125"))},
        full_points=Decimal("0.001"),
        changed_at=view.changed_at,
    )
    assert told(again) == {"wholesale": ("0.001", {**OWN, "social": ("-0.125", None)})}
    assert again.changed_at > view.changed_at
    assert _in(ours, lambda: draft_view(organisation=ours)) == again
    assert _counts(ours) == (1, 4)


def test_all_segments_of_a_partition_can_have_them_in_the_order_of_the_segments(ours: Organisation) -> None:
    own(ours, "retail", full_points=Decimal(7))
    assert list(told(own(ours, "wholesale"))) == ["wholesale", "retail"]


def test_a_draft_is_made_where_there_is_none(ours: Organisation) -> None:
    _publish(ours)
    view = own(ours)
    assert (view.number, view.state, view.based_on) == (2, "draft", 1)
    assert told(view) == {"wholesale": ("40", OWN)}


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"weights": {"visit": WeightChange(Decimal("1.0001"))}}, "weights.visit.weight"),
        ({"weights": {"visit": WeightChange(Decimal("1000.001"))}}, "weights.visit.weight"),
        ({"weights": {"visit": WeightChange(Decimal("NaN"))}}, "weights.visit.weight"),
        ({"weights": {"visit": WeightChange(Decimal(1), 0)}}, "weights.visit.cap"),
        ({"weights": {"nothing": WeightChange(Decimal(1))}}, "weights.nothing"),
        ({"weights": {key: WeightChange(Decimal(0)) for key in OWN}}, "weights"),
        ({"full_points": Decimal(0)}, "full_points"),
        ({"full_points": Decimal("900000.001")}, "full_points"),
        ({"full_points": Decimal("NaN")}, "full_points"),
    ],
)
def test_what_does_not_fit_is_named_and_nothing_is_kept(ours: Organisation, said: dict[str, Any], field: str) -> None:
    before = own(ours)
    with pytest.raises(InvalidInputError) as refused:
        own(ours, **said)
    assert list(refused.value.fields) == [field]
    assert _in(ours, lambda: draft_view(organisation=ours)) == before


def test_the_bounds_themselves_fit_the_tables(ours: Organisation) -> None:
    weights = {"visit": WeightChange(Decimal(1000), 10**9), "social": WeightChange(Decimal(-1000), 1)}
    view = own(ours, weights=weights, full_points=Decimal(900_000))
    assert told(view)["wholesale"] == (
        "900000",
        {**OWN, "visit": ("1000", 10**9), "social": ("-1000", 1)},
    )


def test_a_segment_that_is_not_in_use_has_none(ours: Organisation) -> None:
    _in(ours, lambda: services.archive_segment(organisation=ours, key="wholesale", now=NOW))
    for key in ("wholesale", "nothing"):
        with pytest.raises(NotFoundError):
            own(ours, key)


@pytest.mark.parametrize("key", ["vip", "all"])
def test_only_segments_of_a_partition_can_have_them(ours: Organisation, key: str) -> None:
    with pytest.raises(InvalidInputError, match="adds up to the total") as refused:
        own(ours, key)
    assert list(refused.value.fields) == ["segment"]
    assert _counts(ours) == (0, 0)


def test_a_rule_over_activity_would_go_round_in_a_circle(ours: Organisation) -> None:
    for at, activity in enumerate(("points", "score", "days_since_last_action", "channels", "actions")):
        rule = {"any": [{"trait": "plan", "op": "is", "value": "x"}, {"activity": activity, "op": "gt", "value": 1}]}
        add_segment(ours, f"a{at}", set_key="plan", rule=rule)
        with pytest.raises(InvalidInputError, match="looks at activity") as refused:
            own(ours, f"a{at}")
        assert list(refused.value.fields) == ["segment"]
    assert _counts(ours) == (0, 0)


def test_all_own_weights_of_a_set_are_for_segments_of_one_partition(ours: Organisation) -> None:
    own(ours)
    with pytest.raises(InvalidInputError) as refused:
        own(ours, "young")
    [text] = refused.value.fields["segment"]
    assert "“Plan”" in text
    assert "“Age”" in text
    _remove(ours, "wholesale")
    assert list(told(own(ours, "young"))) == ["young"]


def _remove(organisation: Organisation, key: str, **said: Any) -> WeightSetView:
    view: WeightSetView = _in(
        organisation, lambda: services.remove_override(organisation=organisation, segment_key=key, now=NOW, **said)
    )
    return view


def test_taken_away_they_are_gone_with_their_lines(ours: Organisation) -> None:
    before = own(ours)
    own(ours, "retail")
    view = _remove(ours, "wholesale")
    assert list(told(view)) == ["retail"]
    assert view.changed_at > before.changed_at
    assert _counts(ours) == (1, 4)
    for key in ("wholesale", "nothing"):
        with pytest.raises(NotFoundError):
            _remove(ours, key)


def test_who_opened_an_older_draft_is_told(ours: Organisation) -> None:
    opened = own(ours)
    newer = own(ours, full_points=Decimal(50), changed_at=opened.changed_at)
    acts: tuple[Callable[[], Any], ...] = (
        lambda: own(ours, changed_at=opened.changed_at),
        lambda: _remove(ours, "wholesale", changed_at=opened.changed_at),
        lambda: kept(ours, changed_at=opened.changed_at),
        lambda: _in(
            ours,
            lambda: services.publish(organisation=ours, user=None, note="x", changed_at=opened.changed_at, now=NOW),
        ),
    )
    for act in acts:
        with pytest.raises(ConflictError):
            act()
    assert _in(ours, lambda: draft_view(organisation=ours)) == newer
    _publish(ours)
    with pytest.raises(ConflictError):
        own(ours, changed_at=newer.changed_at)
    with pytest.raises(NotFoundError):
        _remove(ours, "wholesale")


def test_a_stranger_keeps_nothing_of_ours(world: World, ours: Organisation) -> None:
    own(ours)
    with organisation_scope(world.strange.id):
        assert WeightOverride.objects.count() == 0
        with pytest.raises(NotFoundError):
            services.remove_override(organisation=world.strange, segment_key="wholesale", now=NOW)
    with pytest.raises(NotFoundError):
        own(world.strange)


# ── copies ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_discarded_draft_takes_them_along(ours: Organisation) -> None:
    own(ours)
    _in(ours, lambda: services.discard_draft(organisation=ours))
    assert _counts(ours) == (0, 0)


def test_the_next_draft_has_them_and_the_published_set_stays_as_it_is(ours: Organisation) -> None:
    own(ours)
    first = _publish(ours)
    draft = own(ours, weights={"visit": WeightChange(Decimal(9))}, full_points=Decimal(41))
    assert told(draft) == {"wholesale": ("41", {**OWN, "visit": ("9", None)})}
    assert told(_in(ours, lambda: published_view(organisation=ours))) == told(first) == {"wholesale": ("40", OWN)}
    assert _counts(ours) == (2, 8)


def test_actions_come_and_go_in_the_draft_and_not_in_what_is_published(ours: Organisation) -> None:
    own(ours)
    _publish(ours)
    _in(ours, lambda: services.draft(organisation=ours, user=None, now=NOW))
    _in(
        ours,
        lambda: services.create_action(
            organisation=ours,
            name="Call",
            key="call",
            channel="website",
            rule={"event_names": ["call"]},
            user=None,
            now=NOW,
        ),
    )
    assert _counts(ours) == (2, 4 + 5)
    _in(ours, lambda: services.archive_action(organisation=ours, key="social", now=NOW))
    draft, first = _in(ours, lambda: weight_sets(organisation=ours))
    wanted = {key: line for key, line in OWN.items() if key != "social"} | {"call": ("0", None)}
    assert told(draft) == {"wholesale": ("40", wanted)}
    assert [line.key for line in draft.overrides[0].weights] == [line.key for line in draft.weights]
    assert told(first) == {"wholesale": ("40", OWN)}
    assert _in(ours, lambda: OverrideWeight.objects.filter(override__weight_set__number=draft.number).count()) == 4


def test_an_earlier_set_comes_back_without_what_is_archived_and_that_is_named(ours: Organisation) -> None:
    own(ours)
    own(ours, "retail")
    _publish(ours)
    _remove_all(ours)
    _publish(ours)
    _in(ours, lambda: services.archive_segment(organisation=ours, key="retail", now=NOW))
    _in(ours, lambda: services.archive_action(organisation=ours, key="social", now=NOW))
    wanted = {"wholesale": ("40", {key: line for key, line in OWN.items() if key != "social"})}
    with organisation_scope(ours.id):
        assert left_out(organisation=ours, number=1) == ("Social interaction", "own weights of Retail")
        draft = services.return_to(organisation=ours, number=1, user=None, now=NOW)
        assert told(draft) == wanted
        services.discard_draft(organisation=ours)
        back = services.return_at_once(organisation=ours, number=1, in_force=2, note="Back", user=None, now=NOW)
        assert (back.state, told(back)) == ("published", wanted)
        old = weight_set(organisation=ours, number=1)
    assert [(part.segment_key, part.is_archived) for part in old.overrides] == [("wholesale", False), ("retail", True)]


def _remove_all(organisation: Organisation) -> None:
    draft = _in(organisation, lambda: services.draft(organisation=organisation, user=None, now=NOW))
    for override in draft.overrides:
        _remove(organisation, override.segment_key)


def test_a_proposal_that_is_sent_back_has_its_own_weights_for_what_is_in_use(world: World, ours: Organisation) -> None:
    own(ours)
    own(ours, "retail")
    with organisation_scope(ours.id):
        Organisation.objects.filter(pk=ours.pk).update(second_approver=True)
    proposed = _publish(ours)
    assert (proposed.state, sorted(told(proposed))) == ("proposed", ["retail", "wholesale"])
    _in(ours, lambda: services.archive_segment(organisation=ours, key="retail", now=NOW))
    with organisation_scope(ours.id):
        back = services.send_back(
            organisation=ours, number=1, user=world.admin, reason="No", changed_at=proposed.changed_at, now=NOW
        )
    assert list(told(back)) == ["wholesale"]


# ── publishing ───────────────────────────────────────────────────────────────────────────────────────────────


def test_publishing_checks_them_whole(ours: Organisation) -> None:
    own(ours, weights={"visit": WeightChange(Decimal(2)), "social": WeightChange(Decimal(0)),
                       "purchase": WeightChange(Decimal(0))})  # fmt: skip
    _in(ours, lambda: services.archive_action(organisation=ours, key="visit", now=NOW))
    with pytest.raises(InvalidInputError) as refused:
        _publish(ours)
    assert list(refused.value.fields) == ["overrides.wholesale"]
    assert "Wholesale" in refused.value.fields["overrides.wholesale"][0]


def test_a_return_whose_segments_do_not_serve_any_more_is_refused_with_the_reason(ours: Organisation) -> None:
    own(ours)
    _publish(ours)
    _remove_all(ours)
    _publish(ours)
    _in(
        ours,
        lambda: services.change_segment(organisation=ours, key="wholesale", rule=ACTIVE, user=None, now=NOW),
    )
    with pytest.raises(InvalidInputError, match="cannot be published") as refused:
        _in(
            ours,
            lambda: services.return_at_once(organisation=ours, number=1, in_force=2, note="Back", user=None, now=NOW),
        )
    assert "looks at activity" in refused.value.fields["overrides.wholesale"][0]


# ── what they forbid elsewhere ───────────────────────────────────────────────────────────────────────────────


def _states(organisation: Organisation) -> dict[str, Callable[[], object]]:
    """How own weights come to stand in a set of each state, and the words that name it."""
    tomorrow = NOW.date() + timedelta(days=1)
    return {
        "the draft of set 2": lambda: own(organisation),
        "set 2, which waits for approval": lambda: (
            own(organisation),
            _ask_for_two(organisation),
            _publish(organisation),
        ),
        "set 2, which is scheduled": lambda: (own(organisation), _publish(organisation, effective_from=tomorrow)),
        "set 2, which counts now": lambda: (own(organisation), _publish(organisation)),
    }


def _ask_for_two(organisation: Organisation) -> int:
    with organisation_scope(organisation.id):
        return Organisation.objects.filter(pk=organisation.pk).update(second_approver=True)


STATES = [
    "the draft of set 2",
    "set 2, which waits for approval",
    "set 2, which is scheduled",
    "set 2, which counts now",
]


@pytest.mark.parametrize("where", STATES)
def test_a_segment_with_own_weights_stays_what_it_is(ours: Organisation, where: str) -> None:
    _publish(ours)
    _states(ours)[where]()
    acts: tuple[Callable[[], object], ...] = (
        lambda: services.change_segment(organisation=ours, key="wholesale", rule=ACTIVE, user=None, now=NOW),
        lambda: keep_segment_set(organisation=ours, key="plan", name="Plan", is_partition=False),
        lambda: place_segment(organisation=ours, key="wholesale", set_key="age"),
    )
    for act in acts:
        with pytest.raises(ConflictError) as refused:
            _in(ours, act)
        assert f"“Wholesale” has weights of its own in {where}" in refused.value.message
        assert refused.value.message.endswith(" first.")
    with organisation_scope(ours.id):
        assert SegmentSet.objects.get(key="plan").is_partition
        assert Segment.objects.get(key="wholesale").segment_set == SegmentSet.objects.get(key="plan")
        # What does not touch them goes on.
        rule = {"all": [{"trait": "plan", "op": "in", "value": ["wholesale", "bulk"]}]}
        assert services.change_segment(organisation=ours, key="wholesale", rule=rule, user=None, now=NOW)
        assert services.change_segment(organisation=ours, key="retail", rule=ACTIVE, user=None, now=NOW)
        keep_segment_set(organisation=ours, key="plan", name="Contract", is_partition=True)
        assert place_segment(organisation=ours, key="wholesale", set_key="plan")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"is_partition": False}, "“Age” has to stay a set that adds up to the total"),
        ({"key": "years", "name": "Years"}, "it cannot move to “Years”"),
    ],
)
def test_a_template_cannot_break_them_either(
    world: World, ours: Organisation, change: dict[str, Any], why: str
) -> None:
    [group] = content()["segment_sets"]
    make_template(world, said=content(segment_sets=[{**group, "is_partition": True}]))
    applying(world, ours)
    own(ours, "age-young")
    next_version(world, content(segment_sets=[{**group, "is_partition": True, **change}]))
    with pytest.raises(ConflictError, match=why):
        applying(world, ours)
    with organisation_scope(ours.id, write=False):
        assert SegmentSet.objects.get(key="age").is_partition
        assert Segment.objects.get(key="age-young").segment_set == SegmentSet.objects.get(key="age")


def test_a_worker_is_asked_to_preview_them(ours: Organisation) -> None:
    story(ours)
    with override_settings(PREVIEW_DIRECT_CUSTOMERS=10):
        own(ours)
        first = _in(ours, lambda: PreviewJob.objects.get().fingerprint)
        own(ours, full_points=Decimal(41))
        second = _in(ours, lambda: PreviewJob.objects.get().fingerprint)
        _remove(ours, "wholesale")
        third = _in(ours, lambda: PreviewJob.objects.get().fingerprint)
    assert len({first, second, third}) == 3


def test_what_only_an_old_set_holds_forbids_nothing(ours: Organisation) -> None:
    own(ours)
    _publish(ours)
    _remove_all(ours)
    _publish(ours)
    with organisation_scope(ours.id):
        assert WeightSet.objects.get(number=1).state == "retired"
        assert services.change_segment(organisation=ours, key="wholesale", rule=ACTIVE, user=None, now=NOW)
        keep_segment_set(organisation=ours, key="plan", name="Plan", is_partition=False)


def test_archiving_takes_them_out_of_the_draft_and_leaves_what_is_published(ours: Organisation) -> None:
    own(ours)
    _publish(ours)
    before = _in(ours, lambda: services.draft(organisation=ours, user=None, now=NOW))
    _in(ours, lambda: services.archive_segment(organisation=ours, key="wholesale", now=NOW))
    with organisation_scope(ours.id):
        draft = draft_view(organisation=ours)
        counts = published_view(organisation=ours)
    assert draft is not None
    assert counts is not None
    assert draft.overrides == ()
    assert draft.changed_at > before.changed_at
    assert [(part.segment_key, part.is_archived) for part in counts.overrides] == [("wholesale", True)]


def test_without_own_weights_a_list_of_sets_costs_one_query_more(
    ours: Organisation, django_assert_num_queries: Any
) -> None:
    published(ours)
    with organisation_scope(ours.id, write=False), django_assert_num_queries(3):
        weight_sets(organisation=ours)
    own(ours)
    own(ours, "retail")
    with organisation_scope(ours.id, write=False), django_assert_num_queries(4):
        weight_sets(organisation=ours)
