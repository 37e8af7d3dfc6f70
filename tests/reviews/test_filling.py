"""An agenda fills itself with whatever waits: each kind by the thing that it is about."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from engagement.cases.services import end_initiative, plan_initiative, record_finding, start_initiative
from engagement.cases.types import FindingWords, StepWords
from engagement.guidance.models import PitfallCheck
from engagement.insights.models import Alert, AlertCheck, AlertRule
from engagement.insights.note_types import Speaker
from engagement.insights.services import ask_question
from engagement.insights.terms import terms_of
from engagement.reviews.models import KINDS
from engagement.reviews.present.agenda import GROUPS, item_url, item_words
from engagement.reviews.types import Fate
from engagement.scoring.models import ScoreRun, Segment
from tenants.scope import organisation_scope
from tests.reviews.quarters import DECEMBER, JANUARY_TENTH, OCTOBER_TENTH, SEPTEMBER, Quarters

NOVEMBER_END = date(2025, 11, 30)


def an_alert(quarters: Quarters, *, day: date, state: str) -> Alert:
    """Gold fell, as a rule found it in the run of a day."""
    with organisation_scope(quarters.small.id):
        run = ScoreRun.objects.filter(as_of=day).latest("number")
        rule = AlertRule.objects.first() or AlertRule.objects.create(
            organisation=quarters.organisation, number=1, kind="drop", period="month", threshold_thousandths=2_000,
            segment_keys=["gold"], created_at=OCTOBER_TENTH,
        )  # fmt: skip
        check = AlertCheck.objects.create(
            organisation=quarters.organisation, run=run, checked_at=OCTOBER_TENTH, compared=1
        )
        return Alert.objects.create(
            organisation=quarters.organisation, rule=rule, segment=Segment.objects.get(key="gold"), alert_check=check,
            rule_version=1,
            as_of=day, state=state, fired_at=OCTOBER_TENTH,
            facts={"before": "65", "score": "55", "change": "-10", "before_day": "2025-10-31", "needed": "3/2"},
        )  # fmt: skip


def everything_that_waits(quarters: Quarters) -> dict[str, Any]:
    """One of each, besides the target that is missed."""
    said = quarters.said(OCTOBER_TENTH)
    with organisation_scope(quarters.small.id):
        words = StepWords(
            title="Call back", lever="service", first_day=date(2025, 10, 1), read_out_on=NOVEMBER_END,
            baseline_last=SEPTEMBER,
        )  # fmt: skip
        step = plan_initiative(**said, words=words)
        start_initiative(**said, initiative_id=step.pk)
        end_initiative(**said, initiative_id=step.pk, last_day=date(2025, 10, 9))
        seen = record_finding(
            **said, words=FindingWords(title="Gold is quiet", first_day=SEPTEMBER, segment_key="gold")
        )
        asked = ask_question(
            organisation=quarters.organisation, speaker=Speaker(quarters.user), segment_key="gold", as_of=SEPTEMBER,
            run_number=None, text="Why does Gold fall?", now=OCTOBER_TENTH,
        )  # fmt: skip
        PitfallCheck.objects.create(
            organisation=quarters.organisation, day=OCTOBER_TENTH.date(), run_number=1, outcomes={},
            trips=[["no_segments", 2, {}, []]], checked_at=OCTOBER_TENTH,
        )  # fmt: skip
    alert = an_alert(quarters, day=NOVEMBER_END, state="open")
    an_alert(quarters, day=NOVEMBER_END - timedelta(days=30), state="done")
    an_alert(quarters, day=SEPTEMBER, state="open")  # before the period
    return {"step": step.pk, "finding": seen.pk, "question": asked.pk, "alert": alert.pk, "pitfall": "no_segments"}


def test_everything_that_waits_is_on_the_agenda_once_and_in_order(quarters: Quarters) -> None:
    waiting = everything_that_waits(quarters)
    review = quarters.open(DECEMBER, now=JANUARY_TENTH)
    items = quarters.items(review)
    kinds = [one.kind for one in items]
    assert kinds == sorted(kinds, key=KINDS.index)
    for kind, reference in waiting.items():
        assert [one.reference for one in items if one.kind == kind] == [str(reference)], kind
    assert [one.facts["why"] for one in items if one.kind == "validity"] == ["never"]
    assert len([one for one in items if one.kind == "target"]) == 1
    causes = [one.facts["cause"] for one in items if one.kind == "cause"]
    assert 0 < len(causes) <= 3
    assert set(kinds) == set(KINDS) - {"decision", "own"}
    assert set(GROUPS) == set(KINDS)


def test_every_item_has_words_and_a_place_and_a_question_keeps_its_own(quarters: Quarters) -> None:
    everything_that_waits(quarters)
    document = quarters.document(quarters.open(DECEMBER, now=JANUARY_TENTH))
    terms = terms_of(organisation=quarters.organisation, run=None)
    said = {one["kind"]: item_words(one, terms=terms) for one in document["items"]}
    assert said["alert"][0].startswith("Gold fell by 10.0, from 65.0 to 55.0")
    assert said["finding"] == ("Gold is quiet", ("Seen on 30 September 2025; no step answers it yet.",))
    assert said["step"] == ("Call back", ("It was to be read out on 30 November 2025.",))
    assert said["question"][0] == "Somebody asks about Gold"
    assert "Why does Gold fall" not in str(document)
    assert all(item_url(one, slug="ours").startswith("/o/ours/") for one in document["items"])


def test_what_was_carried_over_and_comes_by_itself_stands_once(quarters: Quarters) -> None:
    everything_that_waits(quarters)
    first = quarters.open(SEPTEMBER, now=OCTOBER_TENTH)
    (finding,) = quarters.items(first, "finding")
    quarters.close(first, fate=Fate("carried"))
    second = quarters.open(DECEMBER, now=JANUARY_TENTH)
    (again,) = quarters.items(second, "finding")
    assert (again.reference, again.facts["carried_from"]) == (finding.reference, "2025-09-30")
