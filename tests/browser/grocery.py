"""The grocery sample as a client of the world of tests: what a person would see of the demo's first client."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from engagement.demo import load
from engagement.demo.samples import FENNEL_GROCERS
from engagement.insights.services import run_request, score
from engagement.scoring.models import RunRequest
from engagement.scoring.services import roll_up_waiting
from engagement.scoring.services.packing import pack_closed_days
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests.conftest import NOW, World, build_world

YEAR_END = date(2017, 12, 31)
SUNDAYS = (YEAR_END - timedelta(days=7), YEAR_END)
MONTHS = (date(2017, 10, 31), date(2017, 11, 30), YEAR_END, date(2018, 1, 1))  # three finished ones, and one begun


def grocery_world(days: Sequence[date] = SUNDAYS) -> World:
    """The client `ours` with the sample's customers, events, segments, target and weights; these days are scored."""
    world = build_world()
    ours = world.ours
    with organisation_scope(ours.id):
        settings = {"time_zone": FENNEL_GROCERS.time_zone, "currency": FENNEL_GROCERS.currency}
        settings |= {"name": FENNEL_GROCERS.name}
        Organisation.objects.filter(pk=ours.pk).update(sample_today=FENNEL_GROCERS.today, **settings)
        ours.refresh_from_db()
        load.make_actions(ours, FENNEL_GROCERS)
    roll_up_waiting(organisation_id=ours.id, now=NOW)
    for kind, write in (("customers", FENNEL_GROCERS.write_customers), ("events", FENNEL_GROCERS.write_events)):
        load._import(ours.id, FENNEL_GROCERS.name, kind, write)
    with organisation_scope(ours.id):
        load.make_segments(ours, FENNEL_GROCERS)
        load.publish_weights(ours, FENNEL_GROCERS)
        load._set_targets(ours, FENNEL_GROCERS)
    pack_closed_days(organisation_id=ours.id, now=NOW)
    for day in days:
        score(organisation_id=ours.id, as_of=day, cause="history", now=NOW)
    return world


def work_off(world: World) -> None:
    """Every scoring that has been asked for, as a worker would."""
    while True:
        with organisation_scope(world.ours.id, write=False):
            request = RunRequest.objects.filter(state="waiting").first()
        if request is None:
            return
        run_request(organisation_id=world.ours.id, request_id=request.pk, now=NOW)
