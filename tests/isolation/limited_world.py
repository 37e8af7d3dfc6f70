"""A client with one segment that a limited viewer may see, and a canary in everything that is not theirs."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.test import Client

from engagement.cases.models import Finding, Initiative, InitiativeComparison
from engagement.forecast.models import Forecast, Look
from engagement.ingest.models import Customer, IdentityChange
from engagement.insights.models import Note, Question, QuestionLine, Target
from engagement.insights.services import score
from engagement.scoring.models import ScoreRun, Segment, SegmentDefinition
from engagement.scoring.runs.store import run_in_force
from engagement.validity.models import Outcome, ValidityCheck, ValidityResult
from tenants.models import Membership, Organisation, User
from tenants.scope import organisation_scope
from tests.conftest import NOW
from tests.insights.scoring_world import Small, add_activity, add_customers, add_override, add_segments, make_small

CANARY = "canary9x"
JANUARY, FEBRUARY = date(2026, 1, 31), date(2026, 2, 28)
OWN_NUMBERS = range(1, 13)
OTHER_NUMBERS = range(77_001, 77_031)
OWN_APART = 3  # of the own segment; another customer was once taken apart from them
WEIGHTS = {"visit": ("website", 1_000, None), "purchase": ("purchase", 10_000, None)}


def _is(trait: str, value: str) -> dict[str, Any]:
    return {"all": [{"trait": trait, "op": "is", "value": value}]}


def make_scored(organisation: Organisation) -> Small:
    """42 customers: 12 Gold, the others in a segment named after the canary, whose own weights also score some Gold.

    January is scored once, February twice: in between, the rule of the other segment changes.
    """
    small = make_small(organisation, weights=WEIGHTS, full_points=30_000, window_days=40)
    own = [(n, {"plan": "gold", "size": "small" if n % 2 else "large"}) for n in OWN_NUMBERS]
    add_customers(small, own + [(n, {"plan": CANARY, "size": "small"}) for n in OTHER_NUMBERS])
    add_segments(small, "plan", {"gold": _is("plan", "gold"), CANARY: _is("plan", CANARY)})
    add_segments(
        small, "size", {f"{CANARY}-small": _is("size", "small"), f"{CANARY}-large": _is("size", "large")}
    )  # fmt: skip
    add_override(
        small, f"{CANARY}-small", weights={"visit": (2_000, None), "purchase": (7_000, None)}, full_points=20_000
    )
    everybody = [*OWN_NUMBERS, *OTHER_NUMBERS]
    add_activity(small, [(n, "purchase", date(2026, 1, 10 + n % 15), 1) for n in everybody if n % 3])
    add_activity(small, [(n, "visit", date(2026, 2, 1 + n % 20), 1 + n % 4) for n in everybody])
    with organisation_scope(small.id):
        for number in OTHER_NUMBERS:
            Customer.objects.filter(number=number).update(external_id=f"{CANARY}-{number}")
        _name_others(small)
    _score(small, JANUARY)
    _score(small, FEBRUARY)
    with organisation_scope(small.id):
        segment = Segment.objects.get(key=CANARY)
        SegmentDefinition.objects.create(
            organisation=organisation, segment=segment, number=990, rule=_is("plan", CANARY.upper()), created_at=NOW
        )
        Customer.objects.filter(number__in=OTHER_NUMBERS).update(traits={"plan": CANARY.upper(), "size": "small"})
    _score(small, FEBRUARY)
    with organisation_scope(small.id):
        _check_others(small)
        _forecast(small)
    return small


def _forecast(small: Small) -> None:
    """A forecast of everybody, of the own segment and of the other one, each of which was unusual."""
    run, fan = run_in_force(as_of=FEBRUARY), [50_000_000, 45_000_000, 55_000_000, 40_000_000, 60_000_000]
    said: dict[str, Any] = {
        "organisation": small.organisation, "run": run, "as_of": FEBRUARY, "period": "month", "made_at": NOW,
    }  # fmt: skip
    keys = ("all", "gold", CANARY)
    for key in keys:
        segment = Segment.objects.get(key=key)
        target = Target.objects.filter(segment=segment).first() or Target.objects.create(
            organisation=small.organisation, segment=segment, value_thousandths=75_000, due_on=date(2026, 12, 31),
            created_at=NOW,
        )  # fmt: skip
        Forecast.objects.create(
            segment=segment, target=target, measure="score", number=1, outcome="made", method="last", weight_set=50,
            series=[["2026-02-28", 3, 50_000_000]], steps=[["2026-03-31", *fan]], **said,
        )  # fmt: skip
    found = [[key, *fan, True, [["new", "t-visit", 1]]] for key in keys]
    Look.objects.create(compared=3, found=found, **said)


def _score(small: Small, as_of: date) -> None:
    score(organisation_id=small.id, as_of=as_of, cause="history", now=NOW)


def _check_others(small: Small) -> None:
    """A validity check of everybody, of the own segment and of the other one."""
    outcome = Outcome.objects.create(organisation=small.organisation, number=1, kind="silent", days=7, created_at=NOW)
    check = ValidityCheck.objects.create(
        organisation=small.organisation, number=1, outcome=outcome, run=ScoreRun.objects.latest("number"),
        cause="asked", asked_at=NOW, finished_at=NOW, weight_set_number=50, window_days=40,
    )  # fmt: skip
    for at, key in enumerate(("all", "gold", CANARY)):
        figures = {"verdict": "few_outcomes", "n": 12, "n_outcome": None}
        ValidityResult.objects.create(
            organisation=small.organisation, validity_check=check, segment_key=key, position=at, figures=figures
        )


def _name_others(small: Small) -> None:
    """Targets of everybody and of the other segment; and somebody who was taken apart from an own customer."""
    for key in ("all", CANARY):
        Target.objects.create(
            organisation=small.organisation, segment=Segment.objects.get(key=key), value_thousandths=75_000,
            due_on=date(2026, 12, 31), note=CANARY, created_at=NOW,
        )  # fmt: skip
    _speak_of_others(small)
    IdentityChange.objects.create(
        organisation=small.organisation, number=OTHER_NUMBERS[0], target=OWN_APART, what="undone", changed_at=NOW,
        reason=CANARY,
    )  # fmt: skip


def _speak_of_others(small: Small) -> None:
    """Notes and questions about everybody and about the other segment."""
    said: dict[str, Any] = {"organisation": small.organisation}
    for segment in (None, Segment.objects.get(key=CANARY)):
        Note.objects.create(
            segment=segment, first_day=FEBRUARY, last_day=FEBRUARY, text=CANARY, in_reports=False, written_at=NOW,
            **said,
        )  # fmt: skip
        _find_of_others(segment, said)
        asked = Question.objects.create(segment=segment, as_of=FEBRUARY, asked_at=NOW, waiting_since=NOW, **said)
        QuestionLine.objects.create(question=asked, text=CANARY, written_at=NOW, **said)


def _find_of_others(segment: Segment | None, said: dict[str, Any]) -> None:
    """A finding about somebody else, and a step for them; and one for an own segment, compared with the other."""
    number = 1 if segment is None else 2
    found: dict[str, Any] = {"number": number, "title": CANARY, "recorded_at": NOW, **said}
    Finding.objects.create(segment=segment, first_day=FEBRUARY, last_day=FEBRUARY, **found)
    step: dict[str, Any] = {
        "lever": "service", "first_day": FEBRUARY, "baseline_first": date(2025, 12, 1),
        "baseline_last": date(2026, 1, 31), "read_out_on": date(2026, 5, 31), "created_at": NOW, **said,
    }  # fmt: skip
    Initiative.objects.create(segment=segment, number=number, title=CANARY, **step)
    if segment is not None:
        own = Segment.objects.get(key="gold")
        mine = Initiative.objects.create(segment=own, number=3, title="Mine", comparison="segments", **step)
        InitiativeComparison.objects.create(initiative=mine, segment=segment, **said)


def limited_viewer(small: Small, name: str, **limit: Any) -> Client:
    """A signed-in viewer whose membership has this limit, straight in the database."""
    user = User.objects.create(email=f"{name}@example.com", name=name.title())
    with organisation_scope(small.id):
        Membership.objects.create(organisation=small.organisation, user=user, role="viewer", **limit)
    client = Client()
    client.force_login(user)
    return client


def to_gold(small: Small, name: str = "gil") -> Client:
    return limited_viewer(small, name, limited_to="segments", segment_ids=[str(small.segments["gold"].pk)])


def to_reports(small: Small, name: str = "rea") -> Client:
    return limited_viewer(small, name, limited_to="reports")
