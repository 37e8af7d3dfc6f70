"""What is measured upon: the client of the whole size, and the others that some figures need, each made once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg

from engagement.scoring.models import Action, Segment, Weight, WeightSet
from tenants.models import Organisation, User
from tenants.scope import organisation_scope
from tests.benchmarks import loading
from tests.benchmarks.definitions import (
    AS_OF,
    FULL_POINTS,
    LAST_UTC_DAY,
    NOW,
    TIME_ZONE,
    WINDOW_DAYS,
    ActionSpec,
    SegmentSpec,
    action_specs,
    draft_specs,
    segment_specs,
)
from tests.benchmarks.generate import Activity, Customers, Events, activity_of, make_customers, make_events, together
from tests.benchmarks.loading import Places
from tests.benchmarks.progress import say, step
from tests.benchmarks.sizes import Size
from tests.conftest import World as People
from tests.conftest import build_world, make_client
from tests.insights.scoring_world import Small, add_segments, make_small

ZONE = ZoneInfo(TIME_ZONE)
TIMES = (1, 2, 4)  # how long a history is, in stretches of the size's days


@dataclass(eq=False)
class World:
    """The size's data in the database of this run; `folder` holds the Parquet files."""

    size: Size
    admin: psycopg.Connection
    folder: Path
    people: People = field(default_factory=build_world)

    @cached_property
    def specs(self) -> tuple[ActionSpec, ...]:
        return action_specs(self.size.actions)

    @cached_property
    def segments(self) -> tuple[SegmentSpec, ...]:
        return segment_specs(self.size.segments)

    @cached_property
    def customers(self) -> Customers:
        return make_customers(n=self.size.customers, seed=self.size.seed)

    @cached_property
    def events(self) -> Events:
        with step("events drawn", self.size.events):
            return self._drawn(self.customers, n=self.size.events)

    @cached_property
    def activity(self) -> Activity:
        return activity_of(self.events, n_actions=self.size.actions, zone=ZONE)

    @cached_property
    def empty(self) -> Small:
        """A client with actions, weights, a draft and segments, and nobody in it: the others are copies of it."""
        organisation = make_client(self.people.firm, "Bench", time_zone=TIME_ZONE)
        weights = {spec.name: (spec.channel, spec.weight, spec.cap) for spec in self.specs}
        small = make_small(organisation, weights=weights, full_points=FULL_POINTS, window_days=WINDOW_DAYS)
        groups: dict[str, dict[str, Mapping[str, object]]] = {}
        for segment in self.segments:
            if segment.group:
                groups.setdefault(segment.group, {})[segment.key] = segment.rule
        for name, parts in groups.items():
            add_segments(small, name, parts, partition=name != "rules")
        with organisation_scope(small.id):
            Organisation.objects.filter(pk=small.id).update(sample_today=AS_OF + timedelta(days=1))
            assert Segment.objects.count() == len(self.segments)
        return small

    @cached_property
    def definitions(self) -> tuple[int, ...]:
        return tuple(self.empty.definitions[spec.name] for spec in self.specs)

    @cached_property
    def whole(self) -> Organisation:
        """The client with everything: customers, events and activity."""
        (found,) = self._copies(1, "whole")
        places = Places.of_one(found, n=self.size.customers)
        self._put(self.customers, self.activity, places, "of the whole")
        with step("events stored", len(self.events)) as steps:
            loading.put_events(
                self.admin, organisation_id=found, events=self.events, n_actions=self.size.actions, steps=steps
            )
        self._settle("ingest_event")
        return self._organisation(found)

    @cached_property
    def many(self) -> list[int]:
        """As many clients as the size says, each with its share of the whole's customers and their activity."""
        ids = self._copies(self.size.organisations, "many")
        self._put(self.customers, self.activity, Places.of_many(ids, n=self.size.customers), "of many")
        self._settle()
        return ids

    @cached_property
    def histories(self) -> dict[int, int]:
        """Clients by how long their history is: the same newest stretch, and older ones before it."""
        customers = make_customers(n=self.size.history_customers, seed=self.size.seed)
        ids = self._copies(len(TIMES), "history")
        for times, found in zip(TIMES, ids, strict=True):
            parts = [self._drawn(customers, n=self.size.history_events, stretch=at) for at in range(times)]
            activity = activity_of(together(parts), n_actions=self.size.actions, zone=ZONE)
            self._put(customers, activity, Places.of_one(found, n=len(customers)), f"of a history of {times}")
        self._settle()
        return dict(zip(TIMES, ids, strict=True))

    @property
    def reader(self) -> User:
        return self.people.admin

    def draft(self, organisation: Organisation) -> tuple[ActionSpec, ...]:
        """Begin a draft with other weights and caps; returns what they are."""
        specs = draft_specs(self.size.actions)
        with organisation_scope(organisation.id):
            weight_set = WeightSet.objects.create(
                organisation=organisation, number=51, state="draft", window_days=WINDOW_DAYS,
                full_points_thousandths=FULL_POINTS, full_points_from="own", created_at=NOW, changed_at=NOW,
            )  # fmt: skip
            actions = {action.name: action for action in Action.objects.all()}
            Weight.objects.bulk_create(
                Weight(
                    organisation=organisation, weight_set=weight_set, action=actions[spec.name.title()],
                    weight_thousandths=spec.weight, cap=spec.cap,
                )
                for spec in specs
            )  # fmt: skip
        return specs

    def _drawn(self, customers: Customers, *, n: int, stretch: int = 0) -> Events:
        return make_events(
            customers=customers, n=n, n_actions=self.size.actions, last_day=LAST_UTC_DAY, days=self.size.days,
            seed=self.size.seed, stretch=stretch,
        )  # fmt: skip

    def _copies(self, n: int, name: str) -> list[int]:
        return loading.copy_organisation(self.admin, source_id=self.empty.id, n=n, name=name)

    def _put(self, customers: Customers, activity: Activity, places: Places, of: str) -> None:
        with step(f"customers {of} stored", len(customers)) as steps:
            loading.put_customers(self.admin, customers=customers, places=places, steps=steps)
        with step(f"activity {of} stored", len(activity)) as steps:
            loading.put_activity(
                self.admin, activity=activity, places=places, definitions=self.definitions, steps=steps
            )

    def _settle(self, *more: str) -> None:
        say("vacuum and analyze")
        loading.settle(self.admin, "ingest_customer", "scoring_activity_open", *more)

    def _organisation(self, organisation_id: int) -> Organisation:
        with organisation_scope(organisation_id, write=False):
            return Organisation.objects.get(pk=organisation_id)
