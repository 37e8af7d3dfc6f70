"""Everything that can be done and is put on record, done with one name wherever a person could type it."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from engagement.cases import services as case_services
from engagement.cases.experiment_types import TrialWords
from engagement.cases.services import experiments
from engagement.cases.services.experiment_read_outs import ask_trial_read_out
from engagement.cases.services.read_outs import read_out
from engagement.cases.types import FindingWords, StepWords
from engagement.companions import services as companions
from engagement.companions.types import Measuring
from engagement.connections.services import connecting, lists
from engagement.feedback import services as feedback
from engagement.feedback.models import FeedbackFile
from engagement.feedback.types import MarketWords, Said
from engagement.guidance import services as guidance
from engagement.guidance.models import PitfallCheck
from engagement.guidance.services.pitfalls import accept_pitfall, mind_pitfall
from engagement.guidance.types import EntryWords
from engagement.ingest import services as ingest
from engagement.ingest.files import Mapping
from engagement.ingest.models import Customer, Erasure, FileImport, IngestBatch
from engagement.ingest.services.fixing import Fix
from engagement.insights import services as insights
from engagement.insights.alert_types import RuleWords
from engagement.insights.calendars import By
from engagement.insights.models import Alert, AlertCheck, AlertRule, WebhookDelivery
from engagement.insights.note_types import Speaker
from engagement.insights.selectors.periods import scored_ends
from engagement.insights.services import alert_rules, alerts, deliveries, segment_pushes, webhooks
from engagement.insights.services.at_risk import Contact, change_outreach, set_fall_rule, take_up
from engagement.insights.services.customer_export import export_customer
from engagement.insights.services.notes import NoteWords
from engagement.pooled import services as pooled_services
from engagement.pooled.consent_words import TEXT_VERSION
from engagement.pooled.services.pooling import KIND as POOLED_QUARTER
from engagement.reports import services as report_services
from engagement.reports.types import Subject
from engagement.reviews import services as review_services
from engagement.reviews.rhythms import Rhythm
from engagement.reviews.selectors import undecided
from engagement.reviews.types import DecisionWords, Fate
from engagement.rounds.models import ReportMail
from engagement.rounds.services import approving, mailing, planning, preparing, recipients
from engagement.rounds.types import Times
from engagement.scoring import services as scoring
from engagement.scoring.models import ActivityBlock, MachineRuleSet, ScoreRun, Segment
from engagement.scoring.services.breakdowns import name_properties
from engagement.scoring.services.erasing import erase_activity
from engagement.scoring.services.event_names import ignore_event_name, notice_event_name
from engagement.scoring.services.machines import add_machine_rule, leave_machines_out, publish_machine_rules
from engagement.scoring.services.packing import pack_closed_days
from engagement.scoring.services.templates import create_template, rename_template
from engagement.scoring.services.thinning import thin_runs
from engagement.scoring.services.verifying import verify_activity
from engagement.scoring.services.yardsticks import ask_for_yardstick
from engagement.scoring.types import OverrideChange, WeightChange
from engagement.validity.services.asking import ask_check
from engagement.validity.services.outcomes import set_outcome
from tenants import services as tenants
from tenants.actor import Actor, reaches_of
from tenants.jobs import latest_job, run_job
from tenants.models import Organisation, User
from tenants.scope import organisation_scope, tenant
from tenants.services import closing, deleting, invitations, takeouts
from tenants.services.operating import Errand, begin_operating, end_operating
from tests.conftest import NOW, PASSWORD, World
from tests.ingest.sending import identify, keep, send, take, track
from tests.scoring.config import YESTERDAY, add_customers, kept, noon, signed_in, store, stored
from tests.scoring.templates_world import applying, content, next_version

CANARY = "Zwitscher"
ADDRESS = "zwitscher@mail.example"
WHY = f"Asked for by {ADDRESS}"
PLAN = {"trait": "plan", "op": "is", "value": CANARY}
_LATER = NOW + timedelta(days=400)


def people(world: World) -> None:
    with organisation_scope(world.ours.id):
        tenants.create_user(email=ADDRESS, name=CANARY, password=PASSWORD)
        member = tenants.add_person(email=ADDRESS, role="viewer")
        tenants.change_role(membership_id=member.pk, role="consultant")
        tenants.remove_member(membership_id=member.pk)
        asked: dict[str, Any] = {"role": "viewer", "user": world.admin, "now": NOW}
        tenants.withdraw(invitation_id=tenants.invite(email=f"other-{ADDRESS}", **asked).pk, now=NOW)
        invited = tenants.invite(email=f"new-{ADDRESS}", **asked)
    tenants.accept_as_new(
        organisation_id=world.ours.id, invitation_id=invited.pk, name=CANARY, password=PASSWORD, now=NOW
    )
    with organisation_scope(world.ours.id):
        asked_by = Actor(user=world.consultant, reaches=reaches_of(world.consultant))
        tenants.mind_client(actor=asked_by, client=_fresh(world.ours), email=world.consultant.email)
    with organisation_scope(world.firm.id):
        said = tenants.OrganisationSettings(name=f"{CANARY} Books", slug="heron-books")
        tenants.create_client(firm_id=world.firm.id, settings=said, now=NOW)
    with organisation_scope(world.ours.id):
        changes = {"name": f"{CANARY} & Co", "band_names": [CANARY, "Good", "High"], "minimum_n": 6}
        tenants.change_organisation(organisation=_fresh(world.ours), changes=changes, now=NOW)


def invited(world: World) -> None:
    """One is asked twice and comes, another's invitation is withdrawn."""
    somebody = User.objects.create(email=f"another.{ADDRESS}", name=CANARY)
    said: dict[str, Any] = {"role": "viewer", "user": world.admin, "now": NOW}
    with organisation_scope(world.ours.id):
        asked = invitations.invite(email=somebody.email, **said)
        gone = invitations.invite(email=f"third.{ADDRESS}", **said)
        invitations.withdraw(invitation_id=gone.pk, now=NOW)
    invitations.accept(organisation_id=world.ours.id, invitation_id=asked.pk, user=somebody, now=NOW)


def operated(world: World) -> None:
    operator = User.objects.create(email=f"operator.{ADDRESS}", name=CANARY, is_staff=True)
    errand = Errand(slug=world.ours.slug, reason=WHY, ticket="T-1", role="viewer", minutes=15)
    now = timezone.now()  # the database itself asks whether a visit is over
    grant = begin_operating(operator=operator, errand=errand, now=now)
    end_operating(operator=operator, grant_id=grant.pk, now=now)


def data(world: World) -> None:
    user = world.consultant
    with organisation_scope(world.ours.id):
        key, _ = ingest.create_write_key(organisation=world.ours, name=CANARY, user=user, now=NOW)
        soon: dict[str, Any] = {"ends_at": NOW + timedelta(days=9), "user": user, "now": NOW}
        ingest.rotate_write_key(organisation=world.ours, key_id=key.pk, **soon)
        ingest.revoke_write_key(organisation=world.ours, key_id=key.pk, now=NOW)
    assert take(world.ours, f"customer,event,date\n{CANARY},visit,2026-02-01\n{CANARY},visit,never\n").state == "done"
    assert take(world.ours, f"{CANARY}\n1\n").state == "failed"
    decided(world)
    send(world.ours, track(1, userId=None, anonymousId=CANARY))
    kept = keep(world.ours, [track(2)])
    with organisation_scope(world.ours.id):
        IngestBatch.objects.filter(pk=kept).update(state="failed")
        assert ingest.retry_failed(organisation=world.ours) == 1
    send(world.ours, track(2, event=None, userId=CANARY), track(3, timestamp="never", userId=CANARY))
    with organisation_scope(world.ours.id):
        ingest.replay_group(organisation=world.ours, code="missing_event", fix=Fix(), now=NOW)
        ingest.discard_rejected(organisation=world.ours, code="invalid_time", now=NOW)
    send(world.ours, identify("c1", {"name": CANARY, "email": ADDRESS}, anonymousId=CANARY, messageId="i"))
    with organisation_scope(world.ours.id):
        visitor = Customer.objects.get(external_id=CANARY, identified=False)
        pair: dict[str, Any] = {
            "number": visitor.number,
            "target": visitor.merged_into,
            "reason": WHY,
            "user": user,
            "now": NOW,
        }
        ingest.undo_merge(organisation=world.ours, **pair)
        ingest.merge_again(organisation=world.ours, **pair)
        ingest.set_excluded(organisation=world.ours, number=visitor.number, excluded=True)


def decided(world: World) -> None:
    """Files that are tried, stopped and undone, and a mapping that is kept and forgotten."""
    content = f"customer,event,date\n{CANARY}-undone,visit,2026-02-01\n"
    with organisation_scope(world.ours.id):
        said: dict[str, Any] = {"organisation": world.ours, "kind": "events", "user": world.consultant, "now": NOW}
        draft, running = (
            ingest.keep_draft(sameness="position", file_name=CANARY, stream=io.BytesIO(content.encode()), **said)
            for _ in range(2)
        )
        kept = ingest.save_mapping(name=CANARY, columns=[CANARY], mapping=Mapping(), **said)
        ingest.delete_mapping(organisation=world.ours, mapping_id=kept.pk)
        ingest.begin_import(organisation=world.ours, import_id=draft.pk, task="try")
        ingest.begin_import(organisation=world.ours, import_id=running.pk, task="read")
        FileImport.objects.filter(pk=running.pk).update(lease_until=NOW + timedelta(hours=1))
        ingest.cancel_import(organisation=world.ours, import_id=running.pk, now=NOW)
        FileImport.objects.filter(pk=running.pk).update(lease_until=None)
    ingest.process_import(organisation_id=world.ours.id, import_id=draft.pk, clock=lambda: NOW)
    ingest.process_import(organisation_id=world.ours.id, import_id=running.pk, clock=lambda: NOW)
    with organisation_scope(world.ours.id):
        ingest.begin_import(organisation=world.ours, import_id=draft.pk, task="read")
    ingest.process_import(organisation_id=world.ours.id, import_id=draft.pk, clock=lambda: NOW)
    with organisation_scope(world.ours.id):
        ingest.ask_undo(organisation=world.ours, import_id=draft.pk, now=NOW)
    ingest.process_import(organisation_id=world.ours.id, import_id=draft.pk, clock=lambda: NOW)


def configuration(world: World) -> None:
    said: dict[str, Any] = {"organisation": world.ours, "user": world.consultant, "now": NOW}
    rule = {"event_names": [CANARY], "conditions": [{"property": "who", "op": "is", "value": ADDRESS}]}
    listed = {"all": [PLAN, {"customers": [f"{CANARY}-{n}" for n in range(3)]}]}
    with organisation_scope(world.ours.id):
        scoring.create_action(**said, name=CANARY, key="calls", channel="support", rule=rule)
        scoring.change_action(**said, key="calls", name=f"{CANARY} calls", rule={"event_names": [CANARY, "call"]})
        scoring.archive_action(organisation=world.ours, key="calls", now=NOW)
        scoring.create_segment_set(organisation=world.ours, name=CANARY, key="plans", is_partition=True)
        scoring.create_segment(**said, set_key="plans", name=CANARY, key="gold", rule=listed)
        scoring.change_segment(**said, key="gold", name=f"{CANARY} gold", rule={"all": [PLAN]})
        name_properties(**said, names=[CANARY])
        add_machine_rule(**said, rule={"kind": "burst", "name": CANARY, "more_than": 3, "seconds": 1})
        made = publish_machine_rules(**said, note=WHY)
        MachineRuleSet.objects.filter(pk=made.pk).update(labelled_at=NOW)
        leave_machines_out(**said, number=made.number, note=WHY)
        ignore_event_name(**said, name=CANARY)
        notice_event_name(organisation=world.ours, name=CANARY)
        scoring.set_exclusion(**said, rule={"all": [PLAN]}, note=WHY)
    add_customers(world.ours, {number: {"plan": CANARY} for number in range(100, 105)})
    with organisation_scope(world.ours.id):
        scoring.segments_from_trait(**said, trait="plan", name=f"By {CANARY}")


def weights(world: World) -> None:
    said: dict[str, Any] = {"organisation": world.ours, "now": NOW}
    user = world.consultant
    note: dict[str, Any] = {"note": WHY}
    with organisation_scope(world.ours.id):
        scoring.discard_draft(organisation=world.ours)
    first = kept(world.ours, note=f"{CANARY} wishes it")
    own = OverrideChange(weights={"visit": WeightChange(Decimal(2), 3)}, full_points=Decimal(40))
    with organisation_scope(world.ours.id):
        scoring.keep_override(**said, segment_key="gold", change=own, user=user)
        changed_at = scoring.remove_override(**said, segment_key="gold").changed_at
        scoring.publish(**said, user=user, changed_at=changed_at, **note)
        scoring.return_to(**said, number=first.number, user=user)
        scoring.archive_segment(organisation=world.ours, key="gold", now=NOW)
        later = scoring.draft(**said, user=user)
        day: dict[str, Any] = {"effective_from": NOW.date() + timedelta(days=9)}
        planned = scoring.publish(**said, user=user, changed_at=later.changed_at, **note, **day)
        scoring.withdraw(**said, number=planned.number, user=user)


def two_people(world: World) -> None:
    said: dict[str, Any] = {"organisation": _fresh(world.ours), "now": NOW}
    first, second = world.consultant, world.admin
    with organisation_scope(world.ours.id):
        tenants.change_organisation(organisation=said["organisation"], changes={"second_approver": True}, now=NOW)

        def proposed() -> Any:
            draft = scoring.draft(**said, user=first)
            return scoring.publish(**said, user=first, note=WHY, changed_at=draft.changed_at)

        seen = proposed()
        scoring.send_back(**said, number=seen.number, user=second, reason=WHY, changed_at=seen.changed_at)
        seen = proposed()
        scoring.send_back(**said, number=seen.number, user=first, reason="", changed_at=seen.changed_at)
        seen = proposed()
        scoring.approve(**said, number=seen.number, user=second, changed_at=seen.changed_at)


def past(world: World) -> None:
    """Days that were scored with the set before are scored again, and taken back."""
    said: dict[str, Any] = {"organisation": world.ours, "user": world.consultant, "now": NOW}
    with organisation_scope(world.ours.id):
        number = scoring.draft(**said).based_on
        assert number is not None
    days = [YESTERDAY - timedelta(days=back) for back in range(4)]
    with organisation_scope(world.ours.id):
        scoring.restate(**said, number=number, first_day=days[-1])
        scoring.take_back(**said, number=number)


def templates(world: World) -> None:
    with organisation_scope(world.firm.id):
        create_template(
            firm=world.firm, name=CANARY, key="retail", content=content(), note=WHY, user=world.admin, now=NOW
        )
        rename_template(firm=world.firm, key="retail", name=f"{CANARY} retail")
    next_version(world, content(window_days=60))
    applying(world, world.other)
    said = content()
    said["segment_sets"].append({"key": "other", "name": CANARY, "is_partition": False, "segments": []})
    for group in said["segment_sets"]:
        group["name"] = CANARY
        group["is_partition"] = not group["is_partition"]
    said["segment_sets"][1]["segments"] = [said["segment_sets"][0]["segments"].pop()]
    next_version(world, said)
    applying(world, world.other)
    next_version(world, said | {"full_points": {"from": "own", "value": "20"}})
    found = Actor(user=world.consultant, reaches=reaches_of(world.consultant))
    with tenant(read=[world.firm.id]):
        ask_for_yardstick(actor=found, firm_id=world.firm.id, key="retail", now=NOW)


def targets(world: World) -> None:
    said: dict[str, Any] = {"organisation": _fresh(world.ours), "now": NOW}
    value: dict[str, Any] = {"due_on": date(2026, 12, 31), "owner": world.consultant, "note": WHY, "user": world.admin}
    with organisation_scope(world.ours.id):
        made = insights.set_target(**said, segment_key="all", measure="score", value=Decimal(75), **value)
        made = insights.change_target(**said, target_id=made.pk, value=Decimal(80), **value)
        insights.retire_target(**said, target_id=made.pk)
        ask: dict[str, Any] = {"as_of": YESTERDAY - timedelta(days=40), "user": world.admin, "cause": "request"}
        insights.request_run(**said, **ask)


def outreach(world: World) -> None:
    """Another rule; somebody is called, and says no."""
    said: dict[str, Any] = {"organisation": _fresh(world.ours), "user": world.admin, "now": NOW}
    contact = Contact(owner=world.consultant, how="call", contacted_on=YESTERDAY, note=WHY)
    with organisation_scope(world.ours.id):
        set_fall_rule(**said, fall=Decimal(10), least=Decimal(0), by="week", runs=2)
        number = Customer.objects.filter(identified=True).order_by("number").values_list("number", flat=True)[0]
        (made,) = take_up(**said, numbers=[number], contact=contact)
        change_outreach(**said, outreach_id=made.pk, contact=replace(contact, outcome="said_no"))


def validity_checked(world: World) -> None:
    """An outcome is set and a check asked for; the day it is of lies far enough back by then."""
    said: dict[str, Any] = {"organisation": _fresh(world.ours), "user": world.admin}
    with organisation_scope(world.ours.id):
        set_outcome(**said, kind="silent", action_keys=[], days=7, is_monthly=False, now=NOW)
        ask_check(**said, now=_LATER)
    signed_in(world.viewer).get(f"/o/{world.ours.slug}/validity/1/csv/")


def spoken(world: World) -> None:
    """A viewer notes and asks; somebody else changes the note, answers, and takes the note away."""
    said: dict[str, Any] = {"organisation": _fresh(world.ours), "now": NOW}
    asker, minder = Speaker(world.viewer), Speaker(world.consultant, may_answer=True)
    words: dict[str, Any] = {"first_day": NOW.date(), "text": f"{CANARY}, says {ADDRESS}"}
    with tenant(read=[world.ours.id], ask=world.ours.id):
        note = insights.add_note(**said, speaker=asker, words=NoteWords(**words))
        asked = insights.ask_question(**said, speaker=asker, text=f"Why {CANARY}?")
    with organisation_scope(world.ours.id):
        changed = NoteWords(first_day=YESTERDAY, text=f"{CANARY} again", in_reports=True)
        insights.change_note(**said, speaker=minder, note_id=note.pk, words=changed)
        insights.answer_question(**said, speaker=minder, question_id=asked.pk, text=f"Because of {CANARY}")
        insights.ask_further(**said, speaker=asker, question_id=asked.pk, text=f"And {ADDRESS}?")
        insights.remove_note(organisation=world.ours, speaker=minder, note_id=note.pk)


def written(world: World) -> None:
    """Guidance in the client's own words and in the firm's, kept and taken back."""
    words = EntryWords(language="en", question=f"{CANARY}?", text=f"Ask {ADDRESS}", note=WHY)
    said: dict[str, Any] = {"based_on": 0, "now": NOW}
    with organisation_scope(world.ours.id):
        made = guidance.keep_entry(organisation=world.ours, words=words, user=world.admin, **said)
        kept: dict[str, Any] = {"key": made.key, "language": "en", "based_on": 1, "user": world.admin, "now": NOW}
        guidance.withdraw_entry(organisation=world.ours, **kept)
        trips = [["no_segments", 2, {}, []]]
        PitfallCheck.objects.create(
            organisation=world.ours, day=NOW.date(), run_number=1, outcomes={}, trips=trips, checked_at=NOW
        )
        lived: dict[str, Any] = {"organisation": world.ours, "code": "no_segments", "user": world.admin, "now": NOW}
        accept_pitfall(**lived, reason=f"We know, says {ADDRESS}")
        mind_pitfall(**lived)
    actor = Actor(user=world.admin, reaches=tuple(reaches_of(world.admin)))
    with tenant(read=[world.firm.id], write=world.firm.id):
        guidance.keep_firms_entry(actor=actor, firm=world.firm, words=words, user=world.admin, **said)


def beside(world: World) -> None:
    """Companions are measured, a cost entered, a file of answers taken in."""
    said: dict[str, Any] = {"organisation": _fresh(world.ours), "user": world.admin, "now": NOW}
    file = SimpleUploadedFile(f"{CANARY}.csv", b"day,value\n2026-02-02,9\n2026-02-03,none\n")
    with organisation_scope(world.ours.id):
        companions.set_measuring(**said, measuring=Measuring(nps_event=CANARY, nps_property=ADDRESS))
        amount: dict[str, Any] = {"kind": "programme", "amount": Decimal(12), "note": WHY}
        companions.enter_money(**said, month=YESTERDAY, segment_key="all", **amount)
        looked = companions.look_at_file(**said, file=file, kind="nps")
        companions.take_in(**said, upload_id=looked.pk)


def heard(world: World) -> None:
    """Feedback entered, corrected, removed, from a file; a theme and a figure of the market from beginning to end."""
    said: dict[str, Any] = {"organisation": _fresh(world.ours), "now": NOW, "user": world.admin}
    one = Said(text=f"{CANARY} is late, says {ADDRESS}", day=YESTERDAY, kind="survey", source=CANARY, language="en")
    figure = MarketWords(about=CANARY, measure=CANARY, value=Decimal(4), first_day=YESTERDAY, source=ADDRESS)
    with organisation_scope(world.ours.id):
        kept_one = feedback.add_item(**said, said=one)
        assert kept_one is not None
        feedback.correct_tone(**said, item_id=kept_one, tone="negative")
        feedback.remove_item(organisation=world.ours, item_id=kept_one)
        theme = feedback.add_theme(**said, name=CANARY, phrases=[CANARY, ADDRESS])
        feedback.change_theme(**said, number=theme.number, name=f"{CANARY} again", phrases=[CANARY])
        feedback.set_state(**said, number=theme.number, state="answered", note=f"Told {ADDRESS}")
        feedback.archive_theme(organisation=world.ours, number=theme.number, now=NOW)
        made = feedback.add_figure(**said, words=figure)
        made = feedback.change_figure(**said, figure_id=made.pk, words=replace(figure, value=Decimal(5), note=CANARY))
        feedback.remove_figure(figure_id=made.pk, now=NOW)
        content = io.BytesIO(f"day,text\n{YESTERDAY},{CANARY}\n,{CANARY}\n".encode())
        file = feedback.look_at_file(
            **said, file_name=f"{CANARY}.csv", stream=content, kind="survey", source=CANARY, language="en"
        )
        feedback.take_in_file(**said, file_id=file.pk)
        job = latest_job(kind="feedback.read")
    assert job is not None
    run_job(organisation_id=world.ours.id, job_id=job.pk, do=feedback.read_file, clock=lambda: NOW)


def cases(world: World) -> None:
    """Something is seen, closed and opened; a step runs, changes, ends and is read out, and so does a test."""
    said: dict[str, Any] = {"organisation": _fresh(world.ours), "user": world.admin, "now": NOW}
    seen = FindingWords(title=f"{CANARY} is slow", words=f"says {ADDRESS}", first_day=YESTERDAY)
    first = YESTERDAY - timedelta(days=2)
    with organisation_scope(world.ours.id):
        found = case_services.record_finding(**said, words=seen)
        case_services.change_finding(**said, finding_id=found.pk, words=replace(seen, title=CANARY, severity=3))
        case_services.close_finding(**said, finding_id=found.pk, because=WHY)
        case_services.reopen_finding(**said, finding_id=found.pk)
        words = StepWords(
            title=CANARY, lever="service", words=ADDRESS, first_day=first, baseline_last=first - timedelta(days=1),
            finding_ids=(found.pk,), owner_id=world.consultant.pk,
        )  # fmt: skip
        step = case_services.plan_initiative(**said, words=words)
        case_services.start_initiative(**said, initiative_id=step.pk)
        dearer = replace(words, cost=Decimal(12_000), money_note=CANARY, read_out_on=NOW.date())
        case_services.change_initiative(**said, initiative_id=step.pk, words=dearer)
        case_services.end_initiative(**said, initiative_id=step.pk, last_day=YESTERDAY)
        read_out(**said, initiative_id=step.pk)
        other = case_services.plan_initiative(**said, words=replace(words, title=f"{CANARY} again"))
        case_services.stop_initiative(**said, initiative_id=other.pk, because=WHY)
        _tested(said, first)


def pooled(world: World) -> None:
    """A client agrees, a worker works the quarter out, and the client withdraws."""
    said: dict[str, Any] = {"organisation": _fresh(world.ours), "user": world.admin}
    after = NOW + timedelta(days=40)
    with organisation_scope(world.ours.id):
        pooled_services.agree(**said, text_version=TEXT_VERSION, now=NOW)
    pooled_services.ask_quarters(now=after)
    with organisation_scope(world.firm.id):
        job = latest_job(kind=POOLED_QUARTER)
    assert job is not None
    run_job(organisation_id=world.firm.id, job_id=job.pk, do=pooled_services.run_pooling, clock=lambda: after)
    with organisation_scope(world.ours.id):
        pooled_services.withdraw(**said, now=after)


def reports(world: World) -> None:
    """A report is begun, published, taken, shared and its link revoked; and how reports look."""
    said: dict[str, Any] = {"organisation": _fresh(world.ours), "user": world.admin, "now": NOW}
    with organisation_scope(world.ours.id):
        subject = Subject(By.MONTH, scored_ends(today=NOW.date(), by=By.MONTH)[0], "all")
        made = report_services.draft_report(**said, subject=subject)
        report_services.publish_report(**said, report_id=made.pk)
        link, _token = report_services.share_version(**said, report_id=made.pk, number=1, days=3, whom=CANARY)
        ends: dict[str, Any] = {"organisation": world.ours, "now": NOW}
        report_services.revoke_link(**ends, report_id=made.pk, link_id=link.pk)
        report_services.set_branding(**ends, made_by=CANARY, colour="#1f4e79", logo=None, without_logo=False)
    file = reverse("report-file", args=[world.ours.slug, made.pk, 1, "csv"])
    assert signed_in(world.admin).get(file).status_code == 200


def reviewed(world: World) -> None:
    """A rhythm is set, a review opened and decided, its decision changed and settled, the review closed."""
    said: dict[str, Any] = {"organisation": _fresh(world.ours), "user": world.admin, "now": NOW}
    words = DecisionWords(text=f"{CANARY} for {ADDRESS}", owner_id=world.admin.pk, due_on=NOW.date(), makes="step")
    with organisation_scope(world.ours.id):
        rhythm: dict[str, Any] = {"every": "month", "leader": world.admin, "working_days": 5, "now": NOW}
        review_services.set_rhythm(organisation=world.ours, **rhythm)
        last_day = scored_ends(today=NOW.date(), by=By.MONTH)[0]
        made = review_services.open_review(**said, rhythm=Rhythm.MONTH, last_day=last_day)
        ids: dict[str, Any] = {"review_id": made.pk, "user": world.admin, "now": NOW}
        item = review_services.put_on_agenda(**ids, title=CANARY)
        review_services.refresh_review(organisation=world.ours, review_id=made.pk, now=NOW)
        review_services.save_note(**ids, item_id=item.pk, text=WHY, version=0)
        decided = review_services.decide(**said, review_id=made.pk, item_id=item.pk, words=words)
        changed: dict[str, Any] = {"review_id": made.pk, "decision_id": decided.pk, "version": 1}
        review_services.change_decision(**said, **changed, words=replace(words, text=CANARY, measure="score"))
        review_services.settle_decision(**said, decision_id=decided.pk, code="dropped", because=WHY)
        fates = {one.pk: Fate("dropped", WHY) for one in undecided(review=made)}
        review_services.close_review(**said, review_id=made.pk, fates=fates)


def rounds(world: World) -> None:
    """A client's report is prepared, approved, taken back, approved again and mailed; another month is left out."""
    with organisation_scope(world.ours.id):
        last_day = scored_ends(today=NOW.date(), by=By.MONTH)[0]
        fresh = _fresh(world.ours)
        ours: dict[str, Any] = {"organisation": fresh, "now": NOW}
        of_month: dict[str, Any] = {**ours, "last_day": last_day}
        planning.set_plan(organisation=fresh, changes={"has_own_times": True, "prepare_day": 3})
        added = recipients.add_recipient(**ours, email=f"{CANARY}@example.com", confirmed=True, user=world.admin)
        other = recipients.add_recipient(**ours, email=f"{CANARY}.2@example.com", confirmed=True, user=world.admin)
        recipients.remove_recipient(organisation=fresh, recipient_id=other.pk)
        approving.leave_out(**of_month, because=WHY)
        approving.leave_out(**of_month, because="")
        preparing.ask_to_prepare(**of_month, user=world.admin)
        assert added.member_id is None
    later = approving.When(day=NOW.date() + timedelta(days=9))
    with organisation_scope(world.ours.id):
        said: dict[str, Any] = {**of_month, "user": world.admin, "goes_on": True, "when": later, "times": Times()}
        approving.approve(**said)
        approving.take_back(**of_month)
        approving.approve(**said)
        approving.send_now(**of_month)
        found = ReportMail.objects.get(state=ReportMail.State.WAITING)
        ReportMail.objects.filter(pk=found.pk).update(state=ReportMail.State.FAILED)
        approving.send_again(**ours, mail_id=found.pk)
    assert mailing.send_report_mail(organisation_id=world.ours.id, mail_id=found.pk, now=NOW)


def _tested(said: dict[str, Any], first: date) -> None:
    trial = TrialWords(
        title=CANARY, arm_name="plan", arms=(("Team", 500), (CANARY, 500)), first_day=first, last_day=NOW.date(),
        difference=Decimal(3), customers_per_arm=50,
    )  # fmt: skip
    Customer.objects.update(traits={"plan": CANARY})
    test = experiments.plan_experiment(**said, words=trial)
    experiments.start_experiment(**said, experiment_id=test.pk)
    ask_trial_read_out(**said, experiment_id=test.pk)
    experiments.stop_experiment(**said, experiment_id=test.pk, because=WHY)


def told(world: World) -> None:
    """A rule set, changed, muted, ended; a fall found by it and done with; a webhook from beginning to end."""
    said: dict[str, Any] = {"organisation": _fresh(world.ours), "now": NOW}
    words = RuleWords(kind="drop", period="week", threshold=Decimal(3), roles=("admin",))
    with organisation_scope(world.ours.id):
        rule = alert_rules.add_rule(**said, words=words, user=world.admin)
        changed = replace(words, threshold=Decimal(4), people=(world.consultant.pk,))
        alert_rules.change_rule(**said, rule_id=rule.pk, words=changed, user=world.consultant)
        alert_rules.mute_rule(**said, rule_id=rule.pk, until=NOW.date() + timedelta(days=9))
        alert_rules.retire_rule(**said, rule_id=rule.pk)
        fell = _fell(world, rule)
        alerts.handle_alert(**said, alert_id=fell.pk, state="done", note=f"{CANARY} left", user=world.admin)
        url = f"https://hooks.example.com/{CANARY}"
        hook, _ = webhooks.add_endpoint(**said, name=CANARY, url=url, takes_alerts=True, user=world.admin)
        sent = deliveries.send_test(**said, endpoint_id=hook.pk, user=world.admin)
        WebhookDelivery.objects.filter(pk=sent.pk).update(state="failed")
        deliveries.redeliver(**said, delivery_id=sent.pk)
        pushed = segment_pushes.subscribe(**said, endpoint_id=hook.pk, segment_key="all", user=world.admin)
        segment_pushes.send_all(**said, push_id=pushed.pk)
        segment_pushes.unsubscribe(**said, push_id=pushed.pk)
        webhooks.rotate_secret(**said, endpoint_id=hook.pk)
        webhooks.switch_endpoint(**said, endpoint_id=hook.pk, on=False)
        webhooks.remove_endpoint(**said, endpoint_id=hook.pk)


def connected(world: World) -> None:
    """A connection from beginning to end, and a segment that is sent to a list by it."""
    said: dict[str, Any] = {"organisation": _fresh(world.ours), "now": NOW}
    words = {"token": f"pat-{CANARY}", "customer": "email", "activities": "yes", "email_events": "no"}
    form: dict[str, Any] = {"name": CANARY, "said": words, "interval_minutes": 60}
    with organisation_scope(world.ours.id):
        made = connecting.add_connection(**said, **form, vendor="hubspot", backfill_from=None, user=world.admin)
        connecting.change_connection(**said, **form, connection_id=made.pk)
        connecting.ask_sync(**said, connection_id=made.pk)
        pushed = lists.add_list(
            **said, connection_id=made.pk, segment_key="all", list_name=CANARY, list_id="", user=world.admin
        )
        lists.send_whole_list(**said, push_id=pushed.pk)
        lists.remove_list(**said, push_id=pushed.pk)
        connecting.pause_connection(**said, connection_id=made.pk, on=True)
        connecting.remove_connection(**said, connection_id=made.pk)


def _fell(world: World, rule: AlertRule) -> Alert:
    run = ScoreRun.objects.order_by("number").first()
    assert run is not None
    check = AlertCheck.objects.create(organisation=world.ours, run=run, checked_at=NOW, compared=1)
    segment = Segment.objects.get(key="all")
    return Alert.objects.create(
        organisation=world.ours, alert_check=check, rule=rule, rule_version=2, segment=segment, as_of=run.as_of,
        facts={}, fired_at=NOW,
    )  # fmt: skip


def tokens(world: World) -> None:
    """A person's token reaches what they reach; one of the organisation stays."""
    user = world.consultant
    token, _ = tenants.create_token(user=user, name=CANARY, now=NOW)
    tenants.revoke_token(user=user, token_id=token.pk, now=NOW)
    reach = next(one for one in reaches_of(world.admin) if one.organisation_id == world.ours.id)
    with organisation_scope(world.ours.id):
        made, _ = tenants.create_organisation_token(
            reach=reach, user=world.admin, name=CANARY, permissions=["view"], now=NOW
        )
        tenants.revoke_organisation_token(token_id=made.pk, now=NOW)


def erasures(world: World) -> None:
    """One that failed and is gone on with."""
    said: dict[str, Any] = {"organisation": world.ours, "now": NOW}
    with organisation_scope(world.ours.id):
        number = Customer.objects.get(external_id="c1").number
        asked = ingest.ask_erasure(**said, number=number, reason=WHY, user=world.admin)
        Erasure.objects.filter(pk=asked.pk).update(state="failed")
        ingest.retry_erasure(**said, erasure_id=asked.pk)
    assert ingest.process_erasure(organisation_id=world.ours.id, erasure_id=asked.pk, now=NOW)


def upkeep(world: World) -> None:
    store(world.ours, [stored(100, "visit", at=noon(YESTERDAY - timedelta(days=20)), message_id="m")], tell=False)
    verify_activity(organisation_id=world.ours.id, now=NOW, repair=True)
    pack_closed_days(organisation_id=world.ours.id, now=NOW)
    with organisation_scope(world.ours.id):
        assert ActivityBlock.objects.exists()
    thin_runs(organisation_id=world.ours.id, now=_LATER + timedelta(days=800))
    erase_activity(organisation_id=world.ours.id, numbers=[100], now=NOW)


def exports(world: World) -> None:
    """Whoever reads may take a file, and so may somebody of the firm."""
    viewer, consultant = signed_in(world.viewer), signed_in(world.consultant)
    o = f"/o/{world.ours.slug}"
    for client, address in (
        (viewer, f"{o}/scorecard.csv?table=segments"),
        (viewer, f"{o}/segments/all/segment.csv?table=trend"),
        (viewer, f"{o}/at-risk/at-risk.csv"),
        (viewer, f"{o}/companions.csv"),
        (viewer, f"{o}/feedback/feedback.csv"),
        (viewer, f"{o}/market/market.csv"),
        (consultant, f"{o}/feedback/files/{_a_feedback_file(world)}/rejected.csv"),
        (consultant, f"{o}/customers/customers.csv"),
        (consultant, f"{o}/record.csv"),
        (consultant, f"/portfolio/{world.firm.slug}/?format=csv"),
        (consultant, f"{o}/data/imports/{_an_import(world)}/rejected.csv"),
    ):
        answer = client.get(address)
        assert (answer.status_code, answer["Content-Type"]) == (200, "text/csv; charset=utf-8"), address
        assert answer.getvalue()


def leaving(world: World) -> None:
    """Somebody's data handed over; all of a client taken along; a rest, a deletion called back, and a proof."""
    with organisation_scope(world.ours.id):
        number = Customer.objects.order_by("number").first().number  # type: ignore[union-attr]
        b"".join(export_customer(organisation=world.ours, number=number, now=NOW))
        asked = takeouts.ask_takeout(organisation=world.ours, user=world.admin, now=NOW)
    takeouts.write_takeout(organisation_id=world.ours.id, takeout_id=asked.pk, now=NOW)
    with organisation_scope(world.ours.id):
        asked.refresh_from_db()
        takeouts.open_takeout(takeout=asked).close()
        closing.suspend(organisation=_fresh(world.ours), now=NOW, reason=f"By letter of {ADDRESS}")
        closing.resume(organisation=_fresh(world.ours))
        said: dict[str, Any] = {"typed": world.ours.slug, "user_id": world.admin.pk, "now": NOW}
        closing.ask_deletion(organisation=_fresh(world.ours), reason=f"By letter of {ADDRESS}", **said)
        closing.call_back(organisation=_fresh(world.ours), now=NOW)
        closing.resume(organisation=_fresh(world.ours))
    gone = deleting.Due(10**9, "gone", world.firm.id, NOW, world.admin.pk, 1, "00")
    deleting.prove(due=gone, rows={"ingest_event": 1}, now=NOW)


def _a_feedback_file(world: World) -> Any:
    with organisation_scope(world.ours.id, write=False):
        return FeedbackFile.objects.get(state="done").pk


def _an_import(world: World) -> Any:
    with organisation_scope(world.ours.id, write=False):
        return FileImport.objects.get(state="done").pk


def score(world: World) -> None:
    for back in (1, 2, 3):
        day = YESTERDAY - timedelta(days=back)
        insights.score_now(organisation_id=world.ours.id, as_of=day, cause="request", now=NOW)


def _fresh(organisation: Organisation) -> Organisation:
    with organisation_scope(organisation.id, write=False):
        return Organisation.objects.get(pk=organisation.pk)


EVERYTHING = (
    people, invited, operated, tokens, data, configuration, weights, score, two_people, past, templates, targets,
    outreach, validity_checked, spoken, written, beside, heard, told, connected, cases, pooled, reports, rounds,
    reviewed, exports, leaving, upkeep,
    erasures,
)  # fmt: skip
