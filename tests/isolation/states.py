"""States that a request needs, straight into the database within the organisation's own scope."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import Max
from django.utils import timezone

from engagement.cases.models import Finding
from engagement.companions.models import CompanionSetting
from engagement.ingest.models import IngestBatch
from engagement.insights.models import AlertRule, Question
from engagement.pooled.consent_words import TEXT_VERSION
from engagement.pooled.models import PooledConsent
from engagement.reports.models import Block, ReportVersion
from engagement.reviews.models import Review
from engagement.rounds.calendars import latest_round
from engagement.rounds.models import Entry, ReportMail
from engagement.scoring.models import ActivityOpen, IgnoredEventName, MachineRuleSet, Restatement, ScoreRun, WeightSet
from engagement.validity.models import ValidityCheck
from tenants.models import Job, Organisation, User
from tenants.scope import organisation_scope
from tests.conftest import NOW
from tests.isolation.routes import (
    Arguments,
    a_merged_visitor,
    a_pair_apart,
    a_report_version,
    a_review,
    a_validity_check,
)
from tests.isolation.stage import Stage

_LATER = date(2030, 1, 1)


def _draft(organisation: Organisation) -> WeightSet:
    return WeightSet.objects.get(organisation_id=organisation.pk, state="draft")


def proposed(stage: Stage, organisation: Organisation) -> Arguments:
    """The draft waits for the approval of a second person, and who asks is not the one who proposed it."""
    Organisation.objects.filter(pk=organisation.pk).update(second_approver=True)
    draft = _draft(organisation)
    WeightSet.objects.filter(pk=draft.pk).update(
        state="proposed", proposed_by=stage.proposer, proposed_at=NOW, note="As agreed in March"
    )
    return {"number": draft.number}


def scheduled(stage: Stage, organisation: Organisation) -> Arguments:
    """The draft comes in force on a day that has not begun."""
    draft = _draft(organisation)
    WeightSet.objects.filter(pk=draft.pk).update(
        state="scheduled", published_by=stage.proposer, published_at=NOW, effective_from=_LATER, note="From next year"
    )
    return {"number": draft.number}


def somebody_known(stage: Stage, organisation: Organisation) -> Arguments:
    """Somebody signs in with the address that is to become a member's."""
    User.objects.get_or_create(email="known@example.com", defaults={"name": "Known"})
    return {}


def suspended(stage: Stage, organisation: Organisation) -> Arguments:
    """The organisation rests."""
    Organisation.objects.filter(pk=organisation.pk).update(suspended_at=NOW, suspended_why="The contract rests")
    return {}


def pooling(stage: Stage, organisation: Organisation) -> Arguments:
    """Somebody has agreed that what came of steps goes into the firm's figures."""
    PooledConsent.objects.get_or_create(
        organisation_id=organisation.pk, withdrawn_at=None, defaults={"text_version": TEXT_VERSION, "given_at": NOW}
    )
    return {}


def not_pooling(stage: Stage, organisation: Organisation) -> Arguments:
    """Nobody agrees, or nobody any more."""
    PooledConsent.objects.filter(organisation_id=organisation.pk).update(withdrawn_at=NOW)
    return {}


def without_alert_rules(stage: Stage, organisation: Organisation) -> Arguments:
    """No rule is in force: the usual ones can be set."""
    AlertRule.objects.filter(organisation_id=organisation.pk).update(retired_at=NOW)
    return {}


def about_to_go(stage: Stage, organisation: Organisation) -> Arguments:
    """The organisation rests, and is deleted on a day that has not come."""
    Organisation.objects.filter(pk=organisation.pk).update(
        suspended_at=NOW, suspended_why="The contract has ended", deletion_asked_at=NOW,
        delete_after=NOW + timedelta(days=9999),
    )  # fmt: skip
    return {}


def checked_now(stage: Stage, organisation: Organisation) -> Arguments:
    """A check whose suggestion was made beside the set in force."""
    published = WeightSet.objects.get(organisation_id=organisation.pk, state="published")
    named = stage.arguments(organisation, a_validity_check)
    ValidityCheck.objects.filter(organisation_id=organisation.pk, **named).update(weight_set_number=published.number)
    return named


def an_ignored_name(stage: Stage, organisation: Organisation) -> Arguments:
    """A name of events that is passed over, and can be told of again."""
    IgnoredEventName.objects.create(organisation_id=organisation.pk, name="Beep", ignored_at=NOW)
    return {}


def a_machine_draft(stage: Stage, organisation: Organisation) -> Arguments:
    """Rules that are drafted and differ from those in force."""
    rules = [{"kind": "burst", "name": "Viewed", "more_than": 30, "seconds": 10}]
    if not MachineRuleSet.objects.filter(organisation_id=organisation.pk, state="draft").update(rules=rules):
        MachineRuleSet.objects.create(organisation_id=organisation.pk, number=90, rules=rules, created_at=NOW)
    return {}


def superseded(stage: Stage, organisation: Organisation) -> Arguments:
    """The set that scored the past is retired; the draft counts in its place. Names the one in force."""
    draft = _draft(organisation)
    Restatement.objects.filter(organisation_id=organisation.pk).delete()  # a row that was only sown
    WeightSet.objects.filter(organisation_id=organisation.pk, state="published").update(state="retired")
    WeightSet.objects.filter(pk=draft.pk).update(
        state="published", published_at=NOW, effective_from=NOW.date(), in_force_at=NOW, note="Since today"
    )
    return {"number": draft.number}


def retired(stage: Stage, organisation: Organisation) -> Arguments:
    """The same, and names the one that counted before."""
    former = WeightSet.objects.get(organisation_id=organisation.pk, state="published")
    return {"in_force": superseded(stage, organisation)["number"], "number": former.number}


def restated(stage: Stage, organisation: Organisation) -> Arguments:
    """The past is being scored again with the set in force."""
    named = superseded(stage, organisation)
    days = [NOW.date() - timedelta(days=back) for back in (1, 2)]
    Restatement.objects.create(
        organisation_id=organisation.pk,
        weight_set=WeightSet.objects.get(organisation_id=organisation.pk, **named),
        first_day=days[-1],
        days=[day.isoformat() for day in days],
        requested_at=NOW,
    )
    return named


def a_failed_request(stage: Stage, organisation: Organisation) -> Arguments:
    """A request of a client library has failed."""
    IngestBatch.objects.create(organisation=organisation, kind="batch", raw=b"{}", received_at=NOW, state="failed")
    return {}


def apart(stage: Stage, organisation: Organisation) -> Arguments:
    """The address names one of two who were taken apart."""
    return {"number": stage.arguments(organisation, a_pair_apart)["number"]}


def merged(stage: Stage, organisation: Organisation) -> Arguments:
    """The address names a visitor who was merged."""
    return {"number": stage.arguments(organisation, a_merged_visitor)["number"]}


def with_figures_asked(stage: Stage, organisation: Organisation) -> Arguments:
    """Somebody has said how companions are measured, and a worker is at their figures."""
    measured_beside(stage, organisation)
    Job.objects.create(
        organisation=organisation, kind="companions.figures", subject="now", requested_at=NOW, begun_at=NOW
    )
    return {}


def measured_beside(stage: Stage, organisation: Organisation) -> Arguments:
    """Somebody has said how companions are measured."""
    last = CompanionSetting.objects.filter(organisation=organisation).aggregate(last=Max("number"))["last"] or 0
    CompanionSetting.objects.create(organisation=organisation, number=last + 1, content={}, set_at=NOW)
    return {}


def reviewed_before(stage: Stage, organisation: Organisation) -> Arguments:
    """No review is open: the next one can be."""
    Review.objects.filter(organisation_id=organisation.pk).update(state="closed", closed_at=NOW)
    return {}


def bound(stage: Stage, organisation: Organisation) -> Arguments:
    """The review is bound to a run that has figures."""
    run = ScoreRun.objects.filter(organisation_id=organisation.pk, state="published").latest("number")
    named = stage.arguments(organisation, a_review)
    Review.objects.filter(organisation_id=organisation.pk, pk=named["review_id"]).update(run=run)
    return named


def _month(organisation: Organisation) -> date:
    """What a round's pages are about where the address names no month."""
    return latest_round(organisation.today(timezone.now()))


def approved(stage: Stage, organisation: Organisation) -> Arguments:
    """The report of the round is approved, and its mail waits for a day that has not come."""
    version = ReportVersion.objects.get(
        organisation_id=organisation.pk, report_id=stage.arguments(organisation, a_report_version)["report_id"]
    )
    later = NOW + timedelta(days=9999)
    entry = Entry.objects.create(
        organisation_id=organisation.pk, last_day=_month(organisation), report_id=version.report_id, version=version,
        approved_at=NOW, due_at=later,
    )  # fmt: skip
    ReportMail.objects.create(
        organisation_id=organisation.pk, entry=entry, version=version, email="board@example.com", made_at=NOW,
        due_at=later,
    )  # fmt: skip
    return {}


def left_out(stage: Stage, organisation: Organisation) -> Arguments:
    """The client is left out of the round."""
    Entry.objects.create(
        organisation_id=organisation.pk, last_day=_month(organisation), left_out_because="They moved house"
    )
    return {}


def with_ready_clients(stage: Stage, firm: Organisation) -> Arguments:
    """Nothing waits at any client of the firm for February: the opening is written, questions and findings are done."""
    for client in stage.organisations:
        if client.firm_id != firm.pk:
            continue
        with organisation_scope(client.pk):
            Block.objects.filter(kind="lead").update(text="All is well")
            Finding.objects.filter(closed_at__isnull=True).update(closed_at=NOW, closed_because="Done")
            Question.objects.update(waiting_since=None)
            day = {"organisation_id": client.pk, "day": date(2026, 2, 28), "customer_number": 1, "definition": 1}
            ActivityOpen.objects.get_or_create(**day, defaults={"occurrences": 1, "value": 0})
    return {}
