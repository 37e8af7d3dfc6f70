"""Findings, the steps that answer them with what came of one, and tests with arms; each on the day it happened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from engagement.cases import services
from engagement.cases.experiment_types import TrialWords
from engagement.cases.models import Experiment, Finding
from engagement.cases.services.asking import ask_read_out
from engagement.cases.services.experiment_read_outs import ask_trial_read_out
from engagement.cases.services.experiments import plan_experiment, start_experiment
from engagement.cases.types import FindingWords, StepWords
from engagement.demo.samples.story_types import SampleStep, SampleTrial
from engagement.demo.told.teller import Teller
from engagement.insights.note_types import EVERYBODY
from tenants.models import Organisation


def is_told() -> bool:
    return Finding.objects.exists() or Experiment.objects.exists()


def tell(teller: Teller) -> bool:
    """One transaction: all of it is there, or nothing."""
    story = teller.story
    if not (story.findings or story.trials):
        return False
    with teller.writing() as organisation:
        known = {one.key: _finding(teller, organisation, one.key) for one in story.findings}
        for step in story.steps:
            _step(teller, organisation, step, known)
        for trial in story.trials:
            _trial(teller, organisation, trial)
    return True


def _finding(teller: Teller, organisation: Organisation, key: str) -> UUID:
    (seen,) = [one for one in teller.story.findings if one.key == key]
    words = FindingWords(
        title=seen.title,
        words=seen.words,
        segment_key=seen.segment or EVERYBODY,
        first_day=seen.first_day,
        last_day=seen.last_day,
        severity=seen.severity,
    )
    made = services.record_finding(
        organisation=organisation, words=words, user=teller.consultant, now=teller.at(seen.seen_on)
    )
    return made.pk


def _step(teller: Teller, organisation: Organisation, step: SampleStep, known: Mapping[str, UUID]) -> None:
    by: dict[str, Any] = {"organisation": organisation, "user": teller.consultant}
    words = StepWords(
        title=step.title,
        words=step.words,
        lever=step.lever,
        segment_key=step.segment or EVERYBODY,
        first_day=step.first_day,
        expected=step.expected,
        expected_by=step.read_out_on,
        cost=step.cost,
        owner_id=teller.consultant.pk if teller.consultant else None,
        comparison="segments" if step.compared else "proposed",
        compared_keys=step.compared,
        read_out_on=step.read_out_on,
        finding_ids=tuple(known[key] for key in step.answers),
    )
    made = services.plan_initiative(**by, words=words, now=teller.at(step.planned_on))
    if step.starts:
        services.start_initiative(**by, initiative_id=made.pk, now=teller.at(step.first_day))
    if step.last_day is not None:
        services.end_initiative(**by, initiative_id=made.pk, last_day=step.last_day, now=teller.at(step.last_day))
    if step.is_read_out:
        ask_read_out(**by, initiative_id=made.pk, as_of=None, now=teller.now)


def _trial(teller: Teller, organisation: Organisation, trial: SampleTrial) -> None:
    by: dict[str, Any] = {"organisation": organisation, "user": teller.consultant}
    words = TrialWords(
        title=trial.title,
        words=trial.words,
        arm_name=trial.trait,
        arms=trial.arms,
        difference=trial.difference,
        first_day=trial.first_day,
        last_day=trial.last_day,
        owner_id=teller.consultant.pk if teller.consultant else None,
    )
    made = plan_experiment(**by, words=words, now=teller.at(trial.planned_on))
    start_experiment(**by, experiment_id=made.pk, now=teller.at(trial.first_day))
    if trial.read_out_on is not None:
        ask_trial_read_out(**by, experiment_id=made.pk, now=teller.at(trial.read_out_on))
