"""A client that begins: guesses at events, events mapped to actions, an industry's weights, traits for segments."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagement.errors import ConflictError, InvalidInputError
from engagement.scoring import services
from engagement.scoring.models import ActionDefinition, Channel, WeightSet
from engagement.scoring.selectors import starting as reads
from engagement.scoring.selectors.actions import actions
from engagement.scoring.selectors.weights import draft_view
from engagement.scoring.services.roll_up import roll_up_waiting
from engagement.scoring.starting.guessing import KINDS, Guess, guess, kind_of
from engagement.scoring.starting.industries import STARTERS, starter_of
from engagement.scoring.starting.types import Mapped
from tenants.models import AuditEntry, Organisation
from tenants.scope import organisation_scope
from tenants.services import change_organisation
from tests.conftest import NOW, World
from tests.scoring.config import YESTERDAY, add_customers, noon, store, stored

DAY = YESTERDAY - timedelta(days=3)


# ── guesses ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Order Completed", "purchase"), ("purchase", "purchase"), ("ORDER_PAID", "purchase"),
        ("emailOpened", "email_open"), ("E-mail Opened", "email_open"), ("newsletter.clicked", "email_click"),
        ("Page Viewed", "visit"), ("pageview", "visit"), ("Session Started", "visit"), ("Product Viewed", "visit"),
        ("Application Opened", "app"), ("Support Ticket Created", "support"), ("NPS Answered", "survey"),
        ("Added to Cart", "basket"), ("social_interaction", "social"), ("Signed Up", "signup"),
        ("Store Visit", "offline"),
        ("Purchase Refunded", None), ("Removed from Cart", None), ("Order Refunded", None),
        ("order_cancelled", None), ("Unsubscribed", None), ("Checkout Abandoned", None),
        ("x17", None), ("Lead Score Updated", None), ("", None), ("日本", None),
    ],
)  # fmt: skip
def test_what_a_name_says(name: str, kind: str | None) -> None:
    found = guess(name)
    assert (found.kind if found else None) == kind


@given(st.text(max_size=60))
def test_any_name_has_a_guess_that_can_be_used_or_none(name: str) -> None:
    found = guess(name)
    assert found is None or (found.channel in Channel.values and KINDS[found.kind] == found)


def test_every_industry_has_a_beginning_that_a_set_can_hold() -> None:
    assert set(STARTERS) == set(Organisation.Industry.values)
    for starter in STARTERS.values():
        assert set(starter.weights) == set(KINDS)
        assert all(0 <= weight <= 20 for weight in starter.weights.values())
        assert max(starter.weights.values()) > 0
        assert 1 <= starter.window_days <= 1_100
    assert starter_of("no such industry") == STARTERS["other"]


@pytest.mark.parametrize("channel", Channel.values)
def test_an_action_that_says_nothing_goes_by_its_channel(channel: str) -> None:
    assert KINDS[kind_of(name="Xyz", event_names=("x17",), channel=channel)].channel in {channel, "website"}
    assert kind_of(name="Xyz", event_names=("Order Completed",), channel=channel) == "purchase"


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_name_as_it_is_proposed_is_of_its_own_kind(kind: Guess) -> None:
    """ "Visit in person" holds the word of another kind."""
    assert kind_of(name=kind.english, event_names=("x17",), channel="website") == kind.kind


# ── names that arrived ───────────────────────────────────────────────────────────────────────────────────────


def _with_events(organisation: Organisation) -> None:
    add_customers(organisation, {1: {}})
    names = ["Order Completed"] * 3 + ["newsletter_clicked", "newsletter_clicked", "Odd Thing"]
    store(
        organisation,
        [
            stored(1, name, at=noon(DAY + timedelta(days=place % 2)), message_id=str(place), occurrences=2)
            for place, name in enumerate(names)
        ],
    )


def _arrived(organisation: Organisation) -> dict[str, tuple[int, date, date, tuple[str, ...], str]]:
    with organisation_scope(organisation.id, write=False):
        found = reads.arrived(organisation=organisation)
    assert found.is_all
    return {
        line.name: (line.times, line.first_day, line.last_day, line.counted_as, line.guess.name if line.guess else "")
        for line in found.names
    }


def test_names_with_counts_days_and_a_guess_for_what_counts_as_nothing(world: World) -> None:
    _with_events(world.ours)
    second = DAY + timedelta(days=1)
    assert _arrived(world.ours) == {
        "Order Completed": (6, DAY, second, ("Purchase",), ""),
        "newsletter_clicked": (4, DAY, second, (), "E-mail clicked"),
        "Odd Thing": (2, second, second, (), ""),
    }
    assert _arrived(world.other) == {}


def _map(organisation: Organisation, *lines: tuple[str, str, str]) -> int:
    with organisation_scope(organisation.id):
        return services.map_events(
            organisation=organisation,
            mapped=[Mapped(event_name=event, action=action, channel=channel) for event, action, channel in lines],
            user=None,
            now=NOW,
        )


def test_confirmed_names_make_actions_and_widen_those_that_are_there(world: World) -> None:
    _with_events(world.ours)
    assert _map(
        world.ours,
        ("newsletter_clicked", "E-mail clicked", "email"),
        ("mail.click", "e-mail CLICKED ", "app"),  # the same action; the channel of the first counts
        ("Odd Thing", "purchase", "app"),
    ) == 2  # fmt: skip
    roll_up_waiting(organisation_id=world.ours.id, now=NOW)
    with organisation_scope(world.ours.id, write=False):
        found = {line.name: line for line in actions(organisation=world.ours, now=NOW)}
        created = list(AuditEntry.objects.filter(act__in=["action.created", "action.changed"]).values_list("act"))
    clicked, purchase = found["E-mail clicked"], found["Purchase"]
    assert (clicked.channel, clicked.rule["event_names"], clicked.times) == (
        "email", ["newsletter_clicked", "mail.click"], 4,
    )  # fmt: skip
    assert purchase.channel == "purchase"  # an action that is there keeps its own
    assert purchase.rule["event_names"] == ["Order Completed", "purchase", "Purchase", "Odd Thing"]
    assert purchase.times == 8
    assert len(created) == 2
    assert _arrived(world.ours)["Odd Thing"][3] == ("Purchase",)


def test_a_name_of_an_action_that_cannot_be_is_refused(world: World) -> None:
    with pytest.raises(InvalidInputError):
        _map(world.ours, ("x", "a\nb", "email"))
    with pytest.raises(InvalidInputError):
        _map(world.ours, ("x", "Calls", "telegraph"))


# ── an industry's weights ────────────────────────────────────────────────────────────────────────────────────


def test_an_industrys_weights_go_into_the_draft_and_caps_stay(world: World) -> None:
    _with_events(world.ours)
    _map(world.ours, ("Odd Thing", "Odd thing", "support"))
    with organisation_scope(world.ours.id):
        view = services.start_from_industry(organisation=world.ours, industry="real_estate", user=None, now=NOW)
    weights = {line.key: line.weight for line in view.weights}
    assert weights == {
        "visit": Decimal(1), "social": Decimal(5), "purchase": Decimal(20), "email_open": Decimal(0),
        "odd-thing": Decimal(5),
    }  # fmt: skip
    assert (view.window_days, view.full_points_from, view.full_points) == (365, "median", Decimal(120))
    assert view.state == "draft"


def test_an_unknown_industry_and_a_waiting_proposal_are_refused(world: World) -> None:
    with organisation_scope(world.ours.id):
        with pytest.raises(InvalidInputError):
            services.start_from_industry(organisation=world.ours, industry="alchemy", user=None, now=NOW)
        change_organisation(organisation=world.ours, changes={"second_approver": True}, now=NOW)
        set_ = services.choose_full_points(organisation=world.ours, source="own", value=Decimal(10), user=None, now=NOW)
        services.publish(organisation=world.ours, user=world.consultant, note="x", changed_at=set_.changed_at, now=NOW)
        assert WeightSet.objects.get().state == "proposed"
        with pytest.raises(ConflictError):
            services.start_from_industry(organisation=world.ours, industry="retail", user=None, now=NOW)


def test_full_points_are_chosen_and_the_rest_of_the_draft_stays(world: World) -> None:
    _with_events(world.ours)
    with organisation_scope(world.ours.id):
        before = draft_view(organisation=world.ours)
        own = services.choose_full_points(
            organisation=world.ours, source="own", value=Decimal("12.5"), user=None, now=NOW
        )
        median = services.choose_full_points(
            organisation=world.ours, source="median", value=Decimal(99), user=None, now=NOW
        )
        with pytest.raises(InvalidInputError):
            services.choose_full_points(organisation=world.ours, source="own", value=None, user=None, now=NOW)
        with pytest.raises(InvalidInputError):
            services.choose_full_points(organisation=world.ours, source="stars", value=None, user=None, now=NOW)
    assert before is not None
    assert (own.full_points, own.full_points_from) == (Decimal("12.5"), "own")
    assert (median.full_points, median.full_points_from) == (Decimal(60), "median")
    assert own.weights == before.weights


# ── traits ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_traits_with_few_values_are_offered_with_how_many_are_known(world: World) -> None:
    plans = ["Team", "Solo", " Team ", "", "unknown", None]
    add_customers(
        world.ours,
        {
            number: {
                "plan": plans[number % 6],
                "shoe": str(number),
                "country": "UK",
                "tags": [1],
                "vip": number % 2 == 0,
            }
            for number in range(1, 61)
        },
    )  # fmt: skip
    with organisation_scope(world.ours.id):
        shares = reads.trait_shares(organisation=world.ours)
        assert [(share.name, share.values, share.known, share.of, share.segment_set) for share in shares] == [
            ("vip", 2, 60, 60, ""), ("plan", 2, 30, 60, ""),
        ]  # fmt: skip
        services.segments_from_trait(organisation=world.ours, trait="plan", name="Plan", user=None, now=NOW)
        assert {share.name: share.segment_set for share in reads.trait_shares(organisation=world.ours)} == {
            "vip": "", "plan": "Plan",
        }  # fmt: skip
        assert ActionDefinition.objects.count() == 4  # nothing else was touched
