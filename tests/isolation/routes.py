"""Every route of the product, with how to make the object that its address names. A route without an entry is red.

To add a route: put its name into PLAIN, or into OBJECTS beside the function that makes its object. A maker runs in the
organisation's own writing scope and returns the address's arguments; `mark` differs between any two calls, so that a
foreign object never has the key of an own one. Whatever can carry a name carries `canary`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from fido2 import cose, webauthn

from engagement.cases.models import Experiment, Finding, Initiative
from engagement.companions.models import SurveyUpload
from engagement.connections.models import Connection, ListPush
from engagement.feedback.models import (
    FeedbackFile,
    FeedbackItem,
    FeedbackRejection,
    MarketFigure,
    Theme,
    ThemeVersion,
)
from engagement.forecast.models import Forecast, Look
from engagement.guidance.models import EntryVersion, PitfallAcceptance, PitfallCheck
from engagement.ingest.models import (
    Customer,
    Erasure,
    FileImport,
    IdentityChange,
    IngestBatch,
    RejectedEvent,
    SavedMapping,
    WriteKey,
)
from engagement.insights.models import (
    Alert,
    AlertCheck,
    AlertRule,
    Note,
    Outreach,
    Question,
    QuestionLine,
    SegmentPush,
    Target,
    WebhookDelivery,
    WebhookEndpoint,
)
from engagement.reports.assembly import LAYOUT
from engagement.reports.document import canonical, sha256_of
from engagement.reports.models import Block, BlockText, Report, ReportVersion, ShareLink
from engagement.reviews.models import AgendaItem, Decision, ItemNote, Review
from engagement.rounds.models import Entry, Recipient, ReportMail
from engagement.scoring.models import (
    Action,
    ActionDefinition,
    MachineRuleSet,
    ScoreRun,
    Segment,
    SegmentDefinition,
    SegmentSet,
    Template,
    TemplateVersion,
    WeightSet,
)
from engagement.scoring.services import keep_override
from engagement.scoring.types import OverrideChange
from engagement.validity.models import Outcome, ValidityCheck, ValidityResult
from tenants.accounts.links import invitation_token
from tenants.accounts.sealing import seal
from tenants.models import (
    DeletionProof,
    Invitation,
    Membership,
    OperatorGrant,
    Organisation,
    OrganisationToken,
    Takeout,
    User,
)
from tenants.services import create_token
from tenants.services.takeouts import takeout_path
from tests.conftest import NOW
from tests.reports.documents import empty_document
from tests.reviews.documents import empty_gathered
from tests.scoring.templates_world import with_action


@dataclass(frozen=True, slots=True)
class Making:
    """For whom an object is made."""

    organisation: Organisation
    user: User
    mark: int
    canary: str

    @property
    def key(self) -> str:
        return f"{self.canary.lower()}-{self.mark}"

    @property
    def name(self) -> str:
        """Of its own, as names within an organisation mostly must be."""
        return f"{self.canary} {self.mark}"


Arguments = dict[str, Any]
Maker = Callable[[Making], Arguments]


def _create(model: Any, making: Making, **values: Any) -> Any:
    return model.objects.create(organisation_id=making.organisation.pk, **values)


def nothing(making: Making) -> Arguments:
    """The address names no object."""
    return {}


def a_member(making: Making) -> Arguments:
    user = User.objects.create(email=f"{making.key}@example.com", name=making.canary)
    return {"member_id": _create(Membership, making, user=user, role="viewer").pk}


def a_token(making: Making) -> Arguments:
    return {"token_id": create_token(user=making.user, name=making.canary, now=NOW)[0].pk}


def an_organisations_token(making: Making) -> Arguments:
    digest = making.mark.to_bytes(32, "big")
    made = _create(
        OrganisationToken, making, name=making.canary, digest=digest, hint="abcd", permissions=["view"],
        created_at=NOW, expires_at=NOW,
    )  # fmt: skip
    return {"token_id": made.pk}


def an_invitation(making: Making) -> Arguments:
    made = _create(Invitation, making, email=f"{making.key}@example.com", role="viewer", sent_at=timezone.now())
    return {"invitation_id": made.pk}


def a_link_of_an_invitation(making: Making) -> Arguments:
    made = Invitation.objects.get(pk=an_invitation(making)["invitation_id"])
    return {"token": invitation_token(made)}


def a_key_of_nobody(making: Making) -> Arguments:
    return {"key": "nobody-signed-this"}


def a_reset_of_nobody(making: Making) -> Arguments:
    return {"uidb36": "nobody", "key": "nobody-signed-this"}


def an_unknown_provider(making: Making) -> Arguments:
    return {"provider_id": "nobody"}


def a_session(making: Making) -> Arguments:
    made = UserSession.objects.create(
        user=making.user, ip="192.0.2.7", session_key=making.key, user_agent=making.canary
    )  # fmt: skip
    return {"session_id": made.pk}


def _credential(raw_id: bytes) -> dict[str, Any]:
    """What a browser sends when a passkey is made; the key itself opens nothing."""
    key = cose.ES256({1: 2, 3: -7, -1: 1, -2: bytes(32), -3: bytes(32)})
    kept = webauthn.AttestedCredentialData.create(bytes(16), raw_id, key)
    flags = webauthn.AuthenticatorData.FLAG.UP | webauthn.AuthenticatorData.FLAG.AT
    about = webauthn.AuthenticatorData.create(bytes(32), flags, 0, kept)
    said = webauthn.CollectedClientData.create(
        webauthn.CollectedClientData.TYPE.CREATE, b"challenge", "http://localhost"
    )
    response = webauthn.AuthenticatorAttestationResponse(
        client_data=said, attestation_object=webauthn.AttestationObject.create("none", about, {})
    )
    return dict(webauthn.RegistrationResponse(raw_id=raw_id, response=response))


def a_passkey(making: Making) -> Arguments:
    data = {"name": making.canary, "credential": _credential(making.key.encode())}
    return {"pk": Authenticator.objects.create(user=making.user, type="webauthn", data=data).pk}


def a_grant(making: Making) -> Arguments:
    made = _create(
        OperatorGrant, making, user=making.user, role="viewer", reason=f"{making.canary} is looked into",
        began_at=NOW, expires_at=NOW + timedelta(hours=1),
    )  # fmt: skip
    return {"grant_id": made.pk}


def an_import(making: Making) -> Arguments:
    made = _create(
        FileImport, making, kind="events", file_name=f"{making.key}.csv", stored_as=making.key, size_bytes=1,
        created_at=NOW,
    )  # fmt: skip
    return {"import_id": made.pk}


def a_rejected_row(making: Making) -> Arguments:
    return {"row_id": _rejected(making).pk}


def a_rejected_reason(making: Making) -> Arguments:
    return {"code": _rejected(making).code}


def _rejected(making: Making) -> RejectedEvent:
    """A message that waits, alone with its reason."""
    batch = _create(
        IngestBatch, making, kind="batch", raw=making.key.encode(), received_at=NOW, state="done", finished_at=NOW
    )
    made: RejectedEvent = _create(
        RejectedEvent, making, batch=batch, position=1, code=f"odd-{making.mark}", reason=making.canary,
        remedy=making.canary, original=json.dumps({"type": "track", "userId": making.canary}).encode(),
        created_at=NOW,
    )  # fmt: skip
    return made


def a_draft(making: Making) -> Arguments:
    made = _create(
        FileImport, making, kind="events", file_name=f"{making.key}.csv", stored_as=making.key, size_bytes=1,
        created_at=NOW, state="draft",
    )  # fmt: skip
    return {"import_id": made.pk}


def an_import_that_is_in(making: Making) -> Arguments:
    made = _create(
        FileImport, making, kind="events", file_name=f"{making.key}.csv", stored_as=making.key, size_bytes=1,
        created_at=NOW, state="done", stored=1, finished_at=timezone.now(),
    )  # fmt: skip
    return {"import_id": made.pk}


def a_mapping(making: Making) -> Arguments:
    made = _create(SavedMapping, making, name=making.canary, kind="events", signature=making.key, created_at=NOW)
    return {"mapping_id": made.pk}


def a_write_key(making: Making) -> Arguments:
    digest = making.mark.to_bytes(32, "big")
    return {"key_id": _create(WriteKey, making, name=making.canary, digest=digest, hint="abcd", created_at=NOW).pk}


def a_customer(making: Making) -> Arguments:
    _create(
        Customer, making, number=making.mark, external_id=making.key, traits={"name": making.canary},
        created_at=NOW, updated_at=NOW,
    )  # fmt: skip
    return {"number": making.mark}


# Far enough above the customers that are made, and in the same chunk, which is what a scoring works through.
_VISITORS = 30_000


def an_erasure(making: Making) -> Arguments:
    made = _create(
        Erasure, making, number=making.mark, salt=bytes(32), reason=making.canary, state="failed", requested_at=NOW
    )
    return {"erasure_id": made.pk}


def a_takeout(making: Making) -> Arguments:
    made = _create(Takeout, making, state="done", stored_as=making.key, error=making.canary, requested_at=NOW)
    path = takeout_path(stored_as=making.key)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(making.canary)
    return {"takeout_id": made.pk}


def a_proof(making: Making) -> Arguments:
    made = _create(
        DeletionProof, making, slug=making.key, deleted_id=making.mark, requested_at=NOW, deleted_at=NOW, rows={},
        record_entries=0, text=making.canary,
    )  # fmt: skip
    return {"proof_id": made.pk}


def a_merged_visitor(making: Making) -> Arguments:
    into = a_customer(making)["number"]
    _create(
        Customer, making, number=into + _VISITORS, external_id=f"visitor-{making.key}", identified=False,
        merged_into=into, created_at=NOW, updated_at=NOW,
    )  # fmt: skip
    return {"number": into + _VISITORS}


def a_pair_apart(making: Making) -> Arguments:
    number, target = a_merged_visitor(making)["number"], making.mark
    Customer.objects.filter(number=number).update(merged_into=None)
    _create(
        IdentityChange, making, number=number, target=target, what="undone", changed_at=NOW, reason=making.canary
    )  # fmt: skip
    return {"number": number, "target": target}


def a_segment(making: Making) -> Arguments:
    group = _create(SegmentSet, making, key=f"set-{making.key}", name=making.name)
    segment = _create(Segment, making, key=making.key, name=making.name, segment_set=group)
    rule = {"all": [{"trait": "plan", "op": "is", "value": making.canary}]}
    _create(SegmentDefinition, making, segment=segment, number=making.mark, rule=rule, created_at=NOW)
    return {"key": making.key}


def a_segment_set(making: Making) -> Arguments:
    a_segment(making)
    return {"key": f"set-{making.key}"}


def a_set_to_move(making: Making) -> Arguments:
    found = a_segment_set(making)
    SegmentSet.objects.filter(key=found["key"]).update(position=making.mark)
    return found


def a_segment_to_move(making: Making) -> Arguments:
    """The first of two in its set."""
    made = a_segment(making)
    first = Segment.objects.get(key=made["key"])
    second = _create(
        Segment, making, key=f"{making.key}-b", name=making.name, segment_set=first.segment_set, position=1
    )
    rule = {"all": [{"trait": "plan", "op": "is_missing"}]}
    _create(SegmentDefinition, making, segment=second, number=making.mark + 1_000_000, rule=rule, created_at=NOW)
    return made


def an_archived_segment(making: Making) -> Arguments:
    made = a_segment(making)
    Segment.objects.filter(key=made["key"]).update(archived_at=NOW)
    return made


def own_weights(making: Making) -> Arguments:
    """Of a segment in a partition; the draft that every client begins with holds them."""
    made = a_segment(making)
    group, _ = SegmentSet.objects.get_or_create(
        organisation_id=making.organisation.pk, key="own-weights", defaults={"name": "Plan", "is_partition": True}
    )
    Segment.objects.filter(key=making.key).update(segment_set=group)
    keep_override(
        organisation=making.organisation, segment_key=made["key"],
        change=OverrideChange(weights={}, full_points=Decimal(50)), user=making.user, now=NOW,
    )  # fmt: skip
    return made


def an_action(making: Making) -> Arguments:
    action = _create(Action, making, key=making.key, name=making.name, channel="website")
    rule = {"event_names": [making.canary]}
    _create(
        ActionDefinition, making, action=action, number=making.mark, rule=rule, created_at=NOW, rolled_up_at=NOW
    )  # fmt: skip
    return {"key": making.key}


def a_weight_set(making: Making) -> Arguments:
    _create(
        WeightSet, making, number=making.mark, state="retired", note=making.canary, full_points_thousandths=60_000,
        created_at=NOW, changed_at=NOW,
    )  # fmt: skip
    return {"number": making.mark}


def a_template(making: Making) -> Arguments:
    made = _create(Template, making, key=making.key, name=making.name, created_at=NOW)
    _create(
        TemplateVersion, making, template=made, number=1,
        content=with_action("visit", name=making.canary) | {"full_points": {"from": "own", "value": "20"}},
        note=making.canary, created_at=NOW,
    )  # fmt: skip
    return {"key": making.key}


def a_target(making: Making) -> Arguments:
    a_segment(making)
    segment = Segment.objects.get(key=making.key)
    made = _create(
        Target, making, segment=segment, value_thousandths=75_000, due_on=date(2026, 12, 31), note=making.canary,
        created_at=NOW,
    )  # fmt: skip
    return {"target_id": made.pk}


def an_outreach(making: Making) -> Arguments:
    number = a_customer(making)["number"]
    made = _create(Outreach, making, customer_number=number, note=making.canary, created_at=NOW)
    return {"outreach_id": made.pk}


def a_survey_file(making: Making) -> Arguments:
    """Looked at, with one good row and one that names whom nobody knows."""
    made = _create(
        SurveyUpload, making, file_name=f"{making.key}.csv", kind="nps", content="day,value\n2026-02-02,9\n",
        rejected=[[3, "No customer has this id.", making.canary]], good=1, bad=1, uploaded_at=NOW,
    )  # fmt: skip
    return {"upload_id": made.pk}


def a_note(making: Making) -> Arguments:
    made = _create(
        Note, making, first_day=NOW.date(), last_day=NOW.date(), text=making.canary, written_by=making.user,
        written_at=NOW,
    )  # fmt: skip
    return {"note_id": made.pk}


def a_guidance_entry(making: Making) -> Arguments:
    """An own one, of a client or of a firm."""
    _create(
        EntryVersion, making, key=making.key, language="en", origin="own", number=1, question=making.canary,
        text=making.canary, keywords=making.canary, note=making.canary, explains=["score"], evidence=["silent"],
        written_by=making.user, written_at=NOW,
    )  # fmt: skip
    return {"key": making.key}


def a_pitfall(making: Making) -> Arguments:
    """One that was found, the client's another one than everybody else's; it is accepted."""
    code = "feedback_left" if making.canary.startswith("Own") else "actions_that_never_occur"
    trips = [[code, 2, {"actions": "1"}, [making.canary]]]
    found = {"run_number": 1, "outcomes": {code: "tripped"}, "trips": trips, "checked_at": NOW}
    PitfallCheck.objects.update_or_create(organisation=making.organisation, day=NOW.date(), defaults=found)
    known = PitfallAcceptance.objects.filter(organisation=making.organisation, code=code, ended_at__isnull=True)
    if not known.exists():
        _create(PitfallAcceptance, making, code=code, reason=making.canary, accepted_by=making.user, accepted_at=NOW)
    return {"code": code}


def a_measure(making: Making) -> Arguments:
    """Of the program: the same in every organisation."""
    return {"key": "score"}


def a_feedback_item(making: Making) -> Arguments:
    number = a_theme(making)["number"]
    made = _create(
        FeedbackItem, making, day=NOW.date(), kind="survey", text=making.canary, source=making.canary,
        source_key=making.key, theme_numbers=[number], entered_by=making.user, entered_at=NOW,
    )  # fmt: skip
    return {"item_id": made.pk}


def a_feedback_file(making: Making) -> Arguments:
    made = _create(
        FeedbackFile, making, file_name=making.name, stored_as="gone", size_bytes=1, kind="survey",
        source=making.canary, rejected=1, created_by=making.user, created_at=NOW,
    )  # fmt: skip
    _create(FeedbackRejection, making, file=made, position=1, line=2, reason=making.canary, remedy="",
            original=making.canary.encode())  # fmt: skip
    return {"file_id": made.pk}


def a_theme(making: Making) -> Arguments:
    made = _create(Theme, making, number=making.mark, state_on=NOW.date(), open_since=NOW.date())
    _create(ThemeVersion, making, theme=made, number=making.mark, name=making.name, phrases=[making.canary],
            created_at=NOW)  # fmt: skip
    return {"number": made.number}


def a_market_figure(making: Making) -> Arguments:
    made = _create(
        MarketFigure, making, about=making.canary, measure=making.name, value=Decimal("4.5"), unit="score",
        first_day=NOW.date(), last_day=NOW.date(), source=making.canary,
        link=f"https://example.com/{making.key}", entered_by=making.user, entered_at=NOW,
    )  # fmt: skip
    return {"figure_id": made.pk}


def a_question(making: Making) -> Arguments:
    made = _create(Question, making, asked_by=making.user, asked_at=NOW, waiting_since=NOW)
    _create(QuestionLine, making, question=made, text=making.canary, written_by=making.user, written_at=NOW)
    return {"question_id": made.pk}


def a_run(making: Making) -> Arguments:
    key = a_weight_set(making)["number"]
    action = an_action(making)["key"]
    used = {"key": action, "name": making.canary, "channel": "website", "definition": making.mark, "measure": "count",
            "weight_thousandths": 1_000, "cap": None}  # fmt: skip
    uses = {"code_version": "1", "window_days": 90, "half_life_days": None, "weight_set": key,
            "full_points_thousandths": 60_000, "bands": [70_000, 80_000], "actions": [used], "segments": [],
            "exclusion": {"definition": None, "rule": None}}  # fmt: skip
    _create(
        ScoreRun, making, number=making.mark, as_of=date(2026, 2, 28), window_from=NOW, window_to=NOW, uses=uses,
        weight_set=WeightSet.objects.get(number=key), watermark=NOW, state="failed", error=making.canary,
        cause="request", started_at=NOW,
    )  # fmt: skip
    return {"number": making.mark}


def a_validity_check(making: Making) -> Arguments:
    run = ScoreRun.objects.get(number=a_run(making)["number"])
    outcome = _create(
        Outcome, making, number=making.mark, kind="silent", action_keys=[making.canary], days=7, created_by=making.user,
        created_at=NOW,
    )  # fmt: skip
    weight = {"key": making.key, "name": making.canary, "standing": "suggested", "now_thousandths": 1_000,
              "thousandths": 2_000, "effect": None}  # fmt: skip
    check = _create(
        ValidityCheck, making, number=making.mark, outcome=outcome, run=run, cause="asked", asked_by=making.user,
        asked_at=NOW, finished_at=NOW, weight_set_number=run.uses["weight_set"], window_days=90,
        suggestion={"weights": [weight]},
    )  # fmt: skip
    figures = {"verdict": "few_outcomes", "n": 9, "n_outcome": None}
    key = a_segment(making)["key"]
    _create(ValidityResult, making, validity_check=check, segment_key=key, position=0, figures=figures)
    return {"number": making.mark}


def an_alert_rule(making: Making) -> Arguments:
    key = a_segment(making)["key"]
    made = _create(
        AlertRule, making, number=making.mark, kind="drop", period="week", threshold_thousandths=2_000,
        segment_keys=[key], roles=["admin"], created_by=making.user, created_at=NOW,
    )  # fmt: skip
    return {"rule_id": made.pk}


def an_alert(making: Making) -> Arguments:
    rule = AlertRule.objects.get(pk=an_alert_rule(making)["rule_id"])
    run = ScoreRun.objects.get(number=a_run(_another(making))["number"])
    segment = Segment.objects.get(key=making.key)
    made = _create(
        Alert, making, alert_check=_create(AlertCheck, making, run=run, checked_at=NOW, compared=1, mailed_at=NOW),
        rule=rule, rule_version=1, segment=segment, as_of=run.as_of, facts=_FELL, fired_at=NOW, note=making.canary,
    )  # fmt: skip
    return {"alert_id": made.pk, "segment": segment.key}


# What a rule about falls says of one.
_FELL = {"before_day": "2026-02-21", "before": "70", "score": "60", "change": "-10", "needed": "3", "error": "1",
         "n": "40"}  # fmt: skip
_RUNS_OF_ALERTS = 500_000


def _another(making: Making) -> Making:
    """Numbers that the objects of other makers do not have."""
    return replace(making, mark=making.mark + _RUNS_OF_ALERTS)


def a_segments_forecast(making: Making) -> Arguments:
    """A forecast of a segment with a target, and what was unusual about it."""
    key = a_segment(making)["key"]
    run = ScoreRun.objects.get(number=a_run(_another(making))["number"])
    day, fan = run.as_of.isoformat(), [50_000_000, 45_000_000, 55_000_000, 40_000_000, 60_000_000]
    due_on = run.as_of + timedelta(days=30)
    target = _create(
        Target, making, segment=Segment.objects.get(key=key), value_thousandths=75_000, due_on=due_on, created_at=NOW
    )
    lever = {
        "action": run.uses["actions"][0]["key"],
        "now": 1,
        "seen": 0,
        "spans": 1,
        "span": 1,
        "precedent": "unprecedented",
        **dict.fromkeys(("factor", "rise", "largest", "usual", "high", "best")),
    }
    _create(
        Forecast, making, segment=target.segment, run=run, target=target, measure="score", number=making.mark,
        as_of=run.as_of, period="week", outcome="made", method="last", weight_set=1, made_at=NOW,
        series=[[day, run.number, 50_000_000]], steps=[["2026-03-31", *fan]], target_thousandths=75_000, due_on=due_on,
        at_due=[due_on.isoformat(), *fan], chance_millionths=300_000,
        path={"reason": "", "value": 1, "levers": [lever], "together": [], "share": None, "together_value": None,
              "most": 1},
    )  # fmt: skip
    found = [key, *fan, True, [["new", lever["action"], 1_000_000]]]
    _create(Look, making, run=run, as_of=run.as_of, period="week", compared=1, found=[found], made_at=NOW)
    return {"key": key}


def a_forecast(making: Making) -> Arguments:
    """The same, for pages that name it in no address."""
    a_segments_forecast(making)
    return {}


def a_webhook(making: Making) -> Arguments:
    made = _create(
        WebhookEndpoint, making, name=making.canary, url=f"https://{making.key}.example/", created_at=NOW,
        secret_sealed=seal("whsec_c2VjcmV0"),
    )  # fmt: skip
    return {"endpoint_id": made.pk}


def a_connection(making: Making) -> Arguments:
    made = _create(
        Connection, making, vendor="hubspot", name=making.canary, account=making.canary, created_at=NOW, next_at=NOW,
        credentials_sealed=seal('{"token": "pat-of-somebody"}'), settings={"customer": "email"},
    )  # fmt: skip
    return {"connection_id": made.pk}


def a_list_push(making: Making) -> Arguments:
    connection = Connection.objects.get(pk=a_connection(making)["connection_id"])
    segment = Segment.objects.get(key=a_segment(making)["key"])
    made = _create(
        ListPush, making, connection=connection, segment=segment, list_name=making.canary, list_id="9001",
        created_at=NOW,
    )  # fmt: skip
    return {"push_id": made.pk}


def a_connection_with_a_list(making: Making) -> Arguments:
    return {"connection_id": ListPush.objects.get(pk=a_list_push(making)["push_id"]).connection_id}


def a_vendor(making: Making) -> Arguments:
    return {"vendor": "hubspot"}


def a_message(making: Making) -> Arguments:
    endpoint = WebhookEndpoint.objects.get(pk=a_webhook(making)["endpoint_id"])
    made = _create(
        WebhookDelivery, making, endpoint=endpoint, kind="test", state="failed", error=making.canary, made_at=NOW,
        due_at=NOW,
    )  # fmt: skip
    return {"delivery_id": made.pk}


def a_push(making: Making) -> Arguments:
    endpoint = WebhookEndpoint.objects.get(pk=a_webhook(making)["endpoint_id"])
    segment = Segment.objects.get(key=a_segment(making)["key"])
    made = _create(SegmentPush, making, endpoint=endpoint, segment=segment, created_at=NOW)
    return {"push_id": made.pk}


def a_finding(making: Making, **values: Any) -> Arguments:
    made = _create(
        Finding, making, number=making.mark, title=making.canary, words=making.canary, first_day=NOW.date(),
        last_day=NOW.date(), recorded_by=making.user, recorded_at=NOW, **values,
    )  # fmt: skip
    return {"finding_id": made.pk}


def a_report(making: Making) -> Arguments:
    """A draft of the month that is scored, with one text."""
    made = _create(
        Report, making, number=making.mark, by="month", last_day=date(2026, 2, 28), created_by=making.user,
        created_at=NOW,
    )  # fmt: skip
    blocks = [
        _create(Block, making, report=made, section=section, kind=kind, position=at)
        for at, (section, kind) in enumerate(LAYOUT)
    ]
    blocks[0].text, blocks[0].version = making.canary, 1
    blocks[0].save()
    _create(
        BlockText, making, block=blocks[0], version=1, text=making.canary, written_by=making.user, written_at=NOW
    )  # fmt: skip
    return {"report_id": made.pk}


def a_text(making: Making) -> Arguments:
    found = a_report(making)
    return {**found, "block_id": Block.objects.get(report_id=found["report_id"], kind="title").pk}


def some_figures(making: Making) -> Arguments:
    found = a_report(making)
    return {**found, "block_id": Block.objects.get(report_id=found["report_id"], kind="score").pk}


def a_published_report(making: Making) -> Arguments:
    found = a_report(making)
    text = canonical(empty_document(making.canary))
    _create(
        ReportVersion, making, report_id=found["report_id"], number=1, document=text, sha256=sha256_of(text),
        published_by=making.user, published_at=NOW,
    )  # fmt: skip
    return found


def a_report_version(making: Making) -> Arguments:
    return {**a_published_report(making), "number": 1}


def a_report_file(making: Making) -> Arguments:
    return {**a_report_version(making), "kind": "csv"}


def a_link(making: Making) -> Arguments:
    found = a_published_report(making)
    version = ReportVersion.objects.get(report_id=found["report_id"])
    made = _create(
        ShareLink, making, version=version, digest=making.mark.to_bytes(32, "big"), whom=making.canary,
        created_by=making.user, created_at=NOW, expires_at=NOW + timedelta(days=3_650),
    )  # fmt: skip
    return {**found, "link_id": made.pk}


def a_review(making: Making) -> Arguments:
    """An open one with an item of somebody's own; `item_id` names it."""
    run = ScoreRun.objects.get(number=a_run(making)["number"])
    made = _create(
        Review, making, number=making.mark, rhythm="month", last_day=date(2000, 1, 1) + timedelta(days=making.mark),
        run=run, gathered=empty_gathered(), gathered_at=NOW, leader=making.user, opened_by=making.user, opened_at=NOW,
    )  # fmt: skip
    item = _create(
        AgendaItem, making, review=made, position=1, kind="own", title=making.canary, note=making.canary, version=1,
        added_by=making.user, added_at=NOW,
    )  # fmt: skip
    _create(ItemNote, making, item=item, version=1, text=making.canary, written_by=making.user, written_at=NOW)
    return {"review_id": made.pk, "item_id": item.pk}


def a_decision(making: Making) -> Arguments:
    found = a_review(making)
    made = _create(
        Decision, making, number=making.mark, text=making.canary, owner=making.user, due_on=date(2030, 6, 30),
        decided_by=making.user, decided_at=NOW, **found,
    )  # fmt: skip
    return {**found, "decision_id": made.pk}


def a_recipient(making: Making) -> Arguments:
    """Somebody who gets the client's reports."""
    return {"recipient_id": _create(Recipient, making, email=f"{making.key}@example.com", added_at=NOW).pk}


def a_report_mail(making: Making) -> Arguments:
    """A mail that the mail server did not take, of a month of its own; another month is left out."""
    _create(Entry, making, last_day=date(1900, 1, 1) + timedelta(days=making.mark), left_out_because=making.canary)
    found = a_published_report(making)
    version = ReportVersion.objects.get(report_id=found["report_id"])
    entry = _create(
        Entry, making, last_day=date(2000, 1, 1) + timedelta(days=making.mark), report_id=found["report_id"],
        version=version, approved_by=making.user, approved_at=NOW, due_at=NOW,
    )  # fmt: skip
    made = _create(
        ReportMail, making, entry=entry, version=version, email=f"{making.key}@example.com", state="failed",
        made_at=NOW, due_at=NOW, attempts=6, times_handed_over=6,
    )  # fmt: skip
    return {"mail_id": made.pk}


def a_machine_rule_set(making: Making) -> Arguments:
    """One that is in force and has labelled everything; another one waits as a draft."""
    rules = [{"kind": "burst", "name": making.canary, "more_than": 3, "seconds": 10}]
    MachineRuleSet.objects.update(state="retired")
    made = _create(
        MachineRuleSet, making, number=making.mark, state="published", rules=rules, note=making.canary,
        created_at=NOW, published_at=NOW, labelled_at=NOW,
    )  # fmt: skip
    return {"number": made.number}


def a_closed_finding(making: Making) -> Arguments:
    return a_finding(making, closed_at=NOW, closed_because=making.canary)


def a_step(making: Making, **values: Any) -> Arguments:
    """Of everybody, so that whatever was scored can be read out."""
    made = _create(
        Initiative, making, number=making.mark, title=making.canary, lever="service", words=making.canary,
        first_day=date(2026, 2, 2), baseline_first=date(2025, 9, 30), baseline_last=date(2026, 1, 31),
        read_out_on=date(2026, 2, 28), owner=making.user, created_at=NOW, **values,
    )  # fmt: skip
    return {"step_id": made.pk}


def a_running_step(making: Making) -> Arguments:
    fixed = {"measure": "score", "action": "", "read_out_on": "2026-02-28"}
    return a_step(making, state="running", started_at=NOW, fixed=fixed)


def a_test(making: Making, **values: Any) -> Arguments:
    made = _create(
        Experiment, making, number=making.mark, title=making.canary, arm_name="name", created_at=NOW,
        arms=[[making.canary, 500], ["other", 500]], first_day=date(2026, 2, 2), last_day=date(2026, 2, 28),
        difference_thousandths=3_000, customers_per_arm=50, **values,
    )  # fmt: skip
    return {"experiment_id": made.pk}


def a_running_test(making: Making) -> Arguments:
    return a_test(making, state="running", started_at=NOW)


# Addresses that name no object of an organisation, by step.
PLAIN = """
    start start-sample start-events start-actions start-weights start-full-points
    start-segments start-score start-target
    home find operate account token-new settings members roles tokens client-new record record-csv
    weekly-mail account_email account_change_password account_set_password sessions
    account_reauthenticate mfa_reauthenticate mfa_reauthenticate_webauthn
    mfa_index mfa_activate_totp mfa_deactivate_totp mfa_add_webauthn
    mfa_view_recovery_codes mfa_generate_recovery_codes mfa_download_recovery_codes
    api-organisations api-organisation api-clients api-members api-invitations api-tokens api-record
    leaving takeout-new suspend resume delete call-back privacy api-erasures
    imports rejected write-keys api-imports api-customers api-rejected api-mappings failed-retry live event-names
    volume machine-rules machine-rules-publish connections api-connections
    actions action-new activity-progress weights weights-draft weights-preview weights-publish weights-discard
    weights-step weights-compare own-weights-choose
    segments segment-set-new segment-new segments-from-trait exclusions breakdowns
    api-activity api-breakdowns api-live api-volume api-event-names api-machine-rules api-machine-rules-publish
    api-machine-rules-leave-out
    api-actions api-weight-sets api-weights-draft api-weights-preview api-weights-publish api-segments api-segment-sets
    templates template-new client-template client-template-apply
    api-templates api-client-template api-client-template-comparison api-client-template-apply
    notes question-new api-notes api-questions
    companions companions-short companions-progress companions-refresh companions-csv companion companion-csv
    companion-settings companion-money companion-money-csv survey-answers
    api-companions api-companion-settings api-companion-money api-survey-answers
    feedback feedback-csv feedback-themes-csv feedback-new feedback-files
    feedback-themes feedback-themes-look feedback-themes-progress market market-csv
    api-feedback api-themes api-theme-counts api-market
    reports report-branding api-reports
    reviews review-rhythm api-reviews api-review-rhythm
    rounds rounds-prepare rounds-approve rounds-plan round round-prepare round-approve round-take-back round-send-now
    round-leave-out round-take-in round-recipients round-plan
    api-rounds api-round api-round-approval api-round-recipients
    cases finding-new step-new experiments experiment-new api-findings api-steps api-experiments
    evidence evidence-consent evidence-withdraw api-evidence api-evidence-consent
    alerts alert-rules alert-rules-usual alert-rule-new webhooks segment-pushes api-alerts api-alert-rules
    api-alert-rules-usual
    targets runs runs-restated api-targets api-runs api-runs-restated
    minder api-minder
    portfolio portfolio-yardstick scorecard scorecard-csv find-here customers customers-csv api-customer-scores
    api-scorecard explained
    api-explanation
    quality quality-progress api-quality
    guidance guidance-objectives guidance-entry-new firm-guidance firm-guidance-new api-guidance
    validity validity-progress validity-ask validity-outcome api-validity api-validity-outcome
    at-risk at-risk-csv at-risk-rule outreach-new api-at-risk api-at-risk-rule api-outreach
"""
OBJECTS: dict[Maker, str] = {
    a_member: "member-role member-remove api-member",
    a_token: "token-revoke",
    an_invitation: "invitation-send invitation-withdraw api-invitation",
    a_link_of_an_invitation: "invitation",
    a_key_of_nobody: "account_confirm_email",
    a_reset_of_nobody: "account_reset_password_from_key",
    an_unknown_provider: "openid_connect_login openid_connect_callback",
    a_session: "session-end",
    a_passkey: "mfa_edit_webauthn mfa_remove_webauthn",
    a_grant: "operate-end",
    an_organisations_token: "organisation-token-revoke api-token",
    an_import: "import import-progress import-rejected api-import",
    a_rejected_row: "rejected-row",
    a_rejected_reason: "rejected-group api-rejected-replay api-rejected-discard",
    a_draft: "import-mapping import-begin import-cancel api-import-start api-import-cancel",
    an_import_that_is_in: "import-undo api-import-undo",
    a_mapping: "mapping-delete api-mapping",
    a_write_key: "write-key-revoke write-key-rotate",
    a_takeout: "takeout",
    a_proof: "deletion-proof",
    an_erasure: "erasure-retry api-erasure",
    a_customer: "customer customer-days customer-days-csv customer-export customer-explanation customer-erase "
    "api-customer-export api-customer-erase api-customer api-customer-score api-customer-identity "
    "api-customer-undo-merge api-customer-merge-again",
    a_merged_visitor: "customer-take-apart",
    a_pair_apart: "customer-merge-again",
    a_segment_set: "segment-set-change segment-set-archive",
    a_set_to_move: "segment-set-move",
    a_segment_to_move: "segment-move",
    an_archived_segment: "segment-return",
    a_segment: "segment segment-csv segment-movers segment-movers-csv segment-beside segment-beside-csv "
    "segment-members-csv segment-cohorts segment-cohorts-csv segment-edit segment-archive api-segment "
    "api-segment-figures api-segment-breakdowns target-history api-target-history",
    own_weights: "own-weights own-weights-remove api-weights-draft-segment",
    an_action: "action action-archive api-action",
    a_machine_rule_set: "machine-rules-switch",
    a_template: "template template-version-new template-yardstick api-template api-template-versions",
    a_weight_set: "weight-set weights-return weights-return-now weights-approve weights-send-back weights-withdraw "
    "weights-past weights-restate weights-take-back api-weight-set api-weights-approve api-weights-send-back "
    "api-weights-withdraw api-weights-return api-weights-past",
    a_forecast: "forecast forecast-progress forecast-csv api-forecasts",
    a_segments_forecast: "api-segment-forecasts",
    a_target: "target-change target-retire api-target",
    an_outreach: "outreach api-one-outreach",
    a_run: "run api-run",
    a_validity_check: "validity-check validity-csv validity-draft api-validity-check",
    an_alert_rule: "alert-rule alert-rule-mute alert-rule-end api-alert-rule api-alert-rule-mute",
    an_alert: "alert api-alert",
    a_webhook: "webhook webhook-test webhook-rotate webhook-switch webhook-remove",
    a_message: "webhook-again",
    a_connection: "connection connection-change connection-sync connection-pause connection-remove api-connection "
    "api-connection-sync connection-list-new",
    a_connection_with_a_list: "connection-lists api-connection-lists",
    a_list_push: "connection-list-all connection-list-end api-connection-list-send",
    a_vendor: "connection-new",
    a_push: "segment-push-all segment-push-end",
    a_guidance_entry: "guidance-entry guidance-entry-edit guidance-entry-withdraw firm-guidance-edit "
    "firm-guidance-withdraw api-guidance-entry",
    a_pitfall: "quality-accept quality-mind api-pitfall",
    a_measure: "guidance-measure api-guidance-measure",
    a_note: "note-change note-remove api-note",
    a_survey_file: "survey-upload survey-upload-take-in survey-upload-withdraw survey-upload-rejected",
    a_feedback_item: "feedback-item feedback-item-remove api-feedback-item",
    a_feedback_file: "feedback-file feedback-file-progress feedback-file-rejected",
    a_theme: "feedback-theme feedback-theme-state feedback-theme-remove api-theme",
    a_market_figure: "market-figure market-figure-remove api-market-figure",
    a_report: "report-edit report-publish api-report-versions",
    a_text: "report-text",
    some_figures: "report-block",
    a_published_report: "report",
    a_report_version: "report-version report-share api-report-version api-report-pdf api-report-links",
    a_report_file: "report-file",
    a_link: "report-revoke api-report-link",
    a_review: "review review-refresh review-close review-note review-item-off review-decide api-review "
    "api-review-items api-review-decisions api-review-close",
    a_decision: "review-decision review-settle api-review-settle",
    a_recipient: "round-recipient-remove api-round-recipient",
    a_report_mail: "round-mail-again",
    a_finding: "finding finding-change finding-close api-finding",
    a_closed_finding: "finding-reopen",
    a_step: "step step-change step-start step-stop step-progress api-step api-step-state",
    a_running_step: "step-end step-read-out api-step-read-outs",
    a_test: "experiment experiment-progress experiment-start experiment-stop api-experiment api-experiment-state",
    a_running_test: "experiment-read-out api-experiment-read-outs",
    a_question: "question question-answer api-question api-question-answers",
}
# What the program itself brings, and what is nobody's own: there is no foreign one to ask for.
OF_THE_PROGRAM = frozenset({a_measure, a_vendor})
# Routes that exist in a firm only.
FIRM_ONLY = {
    "client-new", "api-clients",
    "templates", "template-new", "template", "template-version-new", "template-yardstick",
    "api-templates", "api-template", "api-template-versions",
    "firm-guidance", "firm-guidance-new", "firm-guidance-edit", "firm-guidance-withdraw",
    "evidence", "api-evidence",
    "rounds", "rounds-prepare", "rounds-approve", "rounds-plan", "api-rounds",
}  # fmt: skip
# Routes for everybody, with why they may be.
PUBLIC = {
    "login": "before anybody is known",
    "account_login": "the same address, by allauth's name",
    "mfa_login_webauthn": "before anybody is known: a challenge for a passkey, and its answer",
    "mfa_authenticate": "after the password, before anybody is signed in; without a password it leads back",
    "openid_connect_login": "to an organisation's own provider",
    "openid_connect_callback": "and back, with a state that this session was given",
    "account_logout": "the same as logout, by allauth's name",
    "account_reset_password": "for whoever cannot sign in; says the same for every address",
    "account_reset_password_done": "says the same for every address",
    "account_reset_password_from_key": "a signed link from a mail opens it",
    "account_confirm_email": "a signed link from a mail opens it",
    "invitation": "a signed link from a mail opens it",
    "shared-report": "a link of 256 random bits opens one frozen report; tests/reports holds what it may do",
    "shared-pdf": "the same as a file",
    "language": "before anybody is known, too; keeps what pages speak, and shows nothing",
    "weekly-mail-stop": "a signed link from a mail opens it; all it does is to stop these mails",
    "logout": "ends a session, if there is one",
    "healthz": "says that the process answers, and nothing else",
    "readyz": "says which part fails, and nothing of anybody",
    "metrics": "asks for a token of the deployment's own; counts of the whole, nothing of anybody",
    "api-schema": "the description of the API holds no data",
    "api-docs": "the same, to read",
    "style": "how pages look, on a developer's machine and in the demo only; holds no data",
    "accept": "client libraries send a write key instead; tests/ingest holds what it may do",
    "hook-segment": "signed with a secret of the connection; tests/connections holds what it may do",
    "accept-customerio": "the same, for a library that takes other answers",
    "accept-settings": "client libraries ask for it before they send; the answer holds no data",
    "accept-customerio-settings": "the same, of another family",
    "accept-dialect": "libraries of other families send a write key; tests/ingest holds what it may do",
    "accept-flags": "the same libraries ask for it beside sending; the answer is always the same, and empty",
    "accept-decide": "the same, where older ones ask",
    "accept-config": "the same, before they send; the answer is the same for every key, and says that nothing is on",
    "accept-config-script": "the same as a script",
    "accept-source-config": "the same, of another family",
}

# Django's own routes, of global tables only: tests/tenants/test_admin.py tries each with everybody.
OPERATORS_ADMIN = "operate/admin/"

ENTRIES: dict[str, Maker] = {
    **dict.fromkeys([*PLAIN.split(), *PUBLIC], nothing),
    **{name: maker for maker, names in OBJECTS.items() for name in names.split()},
}


_NOBODYS = {"uuid": UUID(int=0x7F3A << 96), "int": 987_654_321}


@dataclass(frozen=True, slots=True)
class Route:
    """One pattern of the resolver."""

    name: str
    address: str  # with <converter:name> parts
    arguments: tuple[str, ...]
    callback: Any

    @property
    def in_organisation(self) -> bool:
        return self.address.startswith(("o/<slug:slug>/", "api/v1/organisations/<slug:slug>/"))

    @property
    def of_firm(self) -> bool:
        return self.address.startswith("portfolio/<slug:slug>/")

    @property
    def is_api(self) -> bool:
        return self.address.startswith("api/")

    @property
    def honours_limits(self) -> bool:
        """Whether the view shows no more than a limited membership may see; other views are closed to one."""
        view = getattr(self.callback, "cls", self.callback)
        return bool(getattr(view, "honours_limits", False))

    @property
    def methods(self) -> list[str]:
        """Those that the view names; reading where it names none."""
        named = {method for method in (self.permissions or {}) if method != "*"}
        return sorted(named | ({"HEAD"} if "GET" in named else set())) or ["GET"]

    @property
    def unknown(self) -> Arguments:
        """Arguments that no object has."""
        kinds = {name: kind for kind, name in re.findall(r"<(\w+):(\w+)>", self.address)}
        return {name: _NOBODYS.get(kinds[name], "no-such-thing") for name in self.arguments}

    @property
    def permissions(self) -> dict[str, Any] | None:
        """What the view named, by method; None when it named nothing."""
        view = getattr(self.callback, "cls", self.callback)
        return getattr(view, "permissions", None)


def routes(patterns: list[Any] | None = None, prefix: str = "") -> Iterator[Route]:
    """Every pattern, with the prefixes it is included under."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        address = prefix + str(pattern.pattern)
        if address == OPERATORS_ADMIN:
            continue
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, address)
        elif isinstance(pattern, URLPattern):
            arguments = tuple(name for name in pattern.pattern.converters if name != "slug")
            yield Route(name=str(pattern.name), address=address, arguments=arguments, callback=pattern.callback)


def unregistered(found: list[Route]) -> list[str]:
    """Routes without an entry, entries whose arguments do not fit, and views that named no permission."""
    problems = [f"{route.name} ({route.address}) has no entry" for route in found if route.name not in ENTRIES]
    problems += [
        f"{route.name} ({route.address}) names no permission"
        for route in found
        if not route.permissions and route.name not in {"api-schema", "api-docs"}
    ]
    return problems + [
        f"{route.name} says it is public and is not on the list"
        for route in found
        if (route.permissions or {}).get("*") == "public" and route.name not in PUBLIC
    ]
