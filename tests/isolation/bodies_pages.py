"""Valid requests to pages; bodies.py says how to add one."""

from __future__ import annotations

from collections.abc import Mapping

from tests.conftest import PASSWORD
from tests.isolation.bodies import Read, Ref, Served, Upload, Valid
from tests.isolation.routes import a_customer, a_finding, a_segment, a_template, a_webhook, an_action
from tests.isolation.stage import (
    a_client,
    a_known_customer,
    a_merge_target,
    a_minder,
    a_part,
    a_person,
    a_scored_run,
    a_set,
)
from tests.isolation.states import (
    a_failed_request,
    a_machine_draft,
    about_to_go,
    an_ignored_name,
    approved,
    bound,
    checked_now,
    left_out,
    measured_beside,
    not_pooling,
    pooling,
    proposed,
    restated,
    retired,
    reviewed_before,
    scheduled,
    superseded,
    suspended,
    with_figures_asked,
    with_ready_clients,
    without_alert_rules,
)

_RUN = {"run": Ref(a_scored_run, "number")}
_ASKED = Valid(Served())  # a page that asks first and posts what it holds
_SHOWN = frozenset({200})  # a POST that is answered with a page
_MOVED = frozenset({302})
_TARGET = {"value": "70", "due_on": "2030-06-30", "owner": Ref(a_person, "id")}
_DECIDED = {
    "text": "Call back", "owner": Ref(a_person, "id"), "due_on": "2030-06-30", "judged_by": "score",
    "segment": Ref(a_segment),
}  # fmt: skip
_LIMITED = {"role": "viewer", "limited_to": "segments", "segments": [Ref(a_segment)]}
_RULE = {"subject_1": "trait", "trait_1": "name", "op_1": "is", "value_1": "gold"}
_ENTRY = {"question": "Why?", "text": "Because."}
_GUIDANCE = frozenset({"guidance_entryversion", "tenants_auditentry", "tenants_auditchain"})
# Tables of its clients in which a firm's round writes, in a scope of each.
_ROUNDS = frozenset({
    "rounds_entry", "rounds_reportmail", "reports_reportversion", "tenants_job", "tenants_auditentry",
    "tenants_auditchain",
})  # fmt: skip
_NEW_PASSWORD = f"another-{PASSWORD}"

PAGES: Mapping[str, Valid] = {
    # one's own account
    "POST account": Valid(Served({"name": "Another name"})),
    "POST weekly-mail": Valid(Served({"wanted": "on"}, at="account", form="weekly-mail")),
    "POST account_change_password": Valid(
        Served({"oldpassword": PASSWORD, "password1": _NEW_PASSWORD, "password2": _NEW_PASSWORD})
    ),
    "POST session-end": Valid(),
    "POST token-new": Valid(Served({"name": "Nightly export"}), expects=_SHOWN),
    "POST token-revoke": _ASKED,
    # organisations and people
    "POST settings": Valid(Served({"name": "Renamed"})),
    "GET minder": Valid(through_firm=True),
    "POST minder": Valid(Served({"minded_by": Ref(a_minder, "email")}), through_firm=True),
    "POST members": Valid(Served({"email": "new@example.com", **_LIMITED})),
    "POST invitation-send": Valid(Served(at="members")),
    "POST invitation-withdraw": _ASKED,
    "POST member-role": Valid(Served(_LIMITED)),
    "POST member-remove": _ASKED,
    "POST tokens": Valid(Served({"name": "Sync"}), expects=_SHOWN),
    "POST organisation-token-revoke": _ASKED,
    "POST client-new": Valid(Served({"name": "Another client"})),
    # leaving
    "POST takeout-new": Valid(),
    "GET suspend": Valid(by_the_firm=True),
    "POST suspend": Valid(Served({"reason": "The contract rests"}), by_the_firm=True),
    "POST resume": Valid(prepare=suspended, by_the_firm=True),
    "GET delete": Valid(by_the_firm=True),
    "POST delete": Valid(
        Served({"reason": "The contract has ended", "typed": Read("api-organisation", "slug")}), by_the_firm=True
    ),
    "POST call-back": Valid(prepare=about_to_go, by_the_firm=True),
    # data
    "POST imports": Valid(
        Upload(
            {"kind": "events", "sameness": "position"}, "march.csv", b"event,customer,timestamp\nvisit,c1,2026-03-01\n"
        )
    ),
    "POST failed-retry": Valid(prepare=a_failed_request),
    "POST rejected-group": Valid(Served({"fix": "as_it_came", "field": "", "to": "", "discard": "on"})),
    "POST import-mapping": Valid({"act": "show"}, expects=_SHOWN),
    "POST import-begin": Valid(),
    "POST import-cancel": _ASKED,
    "POST import-undo": _ASKED,
    "POST mapping-delete": _ASKED,
    "POST rejected-row": Valid(Served({"message": '{"type": "track", "userId": "c1", "event": "visit"}'})),
    "POST machine-rules": Valid(
        Served({"act": "burst", "burst-name": "Viewed", "burst-more_than": "30", "burst-seconds": "10"})
    ),
    "POST machine-rules-publish": Valid(Served({"note": "As agreed"}), prepare=a_machine_draft),
    "POST machine-rules-switch": Valid(Served({"note": "Bots"})),
    "POST event-names": Valid(Served({"act": "notice", "event": "Beep"}), prepare=an_ignored_name),
    "POST write-keys": Valid(Served({"name": "Web shop"}), expects=_SHOWN),
    "POST write-key-rotate": Valid(Served(), expects=_SHOWN),
    "POST write-key-revoke": _ASKED,
    "POST privacy": Valid(Served({"privacy_contact": "privacy@example.com"})),
    "POST customer-erase": Valid(Served({"reason": "Asked by letter"})),
    "POST erasure-retry": Valid(),
    "POST customer-take-apart": Valid(Served({"target": Ref(a_merge_target, "number"), "reason": "Two people"})),
    "POST customer-merge-again": Valid(Served({"reason": "One person after all"})),
    # actions and weights
    # the steps to a first score
    "POST start-actions": Valid(
        Served({"event_0": "call", "action_0": "Calls", "channel_0": "support"}, at="action-new", form="action-new")
    ),
    "POST start-weights": Valid(Served()),
    "POST start-full-points": Valid(Served({"source": "own", "value": "50"})),
    "POST start-segments": Valid(Served({"traits": "name"}, at="segment-set-new", form="segment-set-new")),
    "POST start-score": Valid(Served({"as_of": "2026-02-28"}, at="runs", form="runs")),
    "POST start-target": Valid(Served({"segment": Ref(a_segment), "measure": "points_per_customer", **_TARGET})),
    "POST action-new": Valid(Served({"name": "Calls", "channel": "support", "event_names": "call"})),
    "POST action": Valid(Served({"name": "Renamed"})),
    "POST action-archive": _ASKED,
    "POST weights-draft": Valid(Served({"note": "Kept", Ref(an_action, within="weight_{}"): "2"})),
    "POST weights-preview": Valid(
        Served({Ref(an_action, within="weight_{}"): "3"}, at="weights-draft", form="weights-draft"), expects=_SHOWN
    ),
    "POST weights-publish": Valid(Served({"note": "As agreed"})),
    "POST weights-step": Valid(Served({"step": "in_force"}, at="weights-draft"), expects=_MOVED),
    "POST weights-discard": _ASKED,
    "GET own-weights-choose": Valid(query={"segment": Ref(a_part)}, expects=_MOVED),
    "POST own-weights": Valid(Served({"full_points": "50", Ref(an_action, within="weight_{}"): "2"})),
    "POST own-weights-remove": _ASKED,
    "POST weights-return": Valid(Served(), prepare=retired),
    "GET weights-return-now": Valid(prepare=retired),
    "POST weights-return-now": Valid(Served({"note": "As before"}), prepare=retired),
    "GET weights-approve": Valid(prepare=proposed),
    "POST weights-approve": Valid(Served(), prepare=proposed),
    "GET weights-send-back": Valid(prepare=proposed),
    "POST weights-send-back": Valid(Served({"reason": "Too much for a visit"}), prepare=proposed),
    "GET weights-withdraw": Valid(prepare=scheduled),
    "POST weights-withdraw": Valid(Served(), prepare=scheduled),
    "GET weights-restate": Valid(prepare=superseded),
    "POST weights-restate": Valid(Served({"first_day": "2026-02-27"}), prepare=superseded),
    "GET weights-take-back": Valid(prepare=restated),
    "POST weights-take-back": Valid(Served(), prepare=restated),
    # segments
    "GET segment-new": Valid(query={"set": Ref(a_set)}),
    "POST segment-new": Valid(Served({"set": Ref(a_set), "name": "Gold", **_RULE})),
    "POST segment-set-new": Valid(Served({"name": "Plans"})),
    "POST segments-from-trait": Valid(Served({"trait": "name", "name": "By name"}, at="segment-set-new")),
    "POST segment-edit": Valid(Served({"name": "Renamed"})),
    "POST segment-archive": _ASKED,
    "POST segment-move": Valid(Served({"way": "down"}, at="segments", form="segment-move")),
    "POST segment-return": Valid(Served(at="segments", form="segment-return")),
    "POST segment-set-change": Valid(Served({"name": "Renamed"})),
    "POST segment-set-archive": _ASKED,
    "POST segment-set-move": Valid(Served({"way": "up"}, at="segments", form="segment-set-move")),
    "POST exclusions": Valid(Served({"note": "Staff", **_RULE})),
    "POST breakdowns": Valid(Served({"name_1": "campaign"})),
    # templates
    "GET template-new": Valid(query={"client": Ref(a_client, "slug")}),
    "POST template-new": Valid(Served({"name": "Kept", "client": Ref(a_client, "slug")})),
    "POST template": Valid(Served({"name": "Renamed"})),
    "GET template-version-new": Valid(query={"client": Ref(a_client, "slug")}),
    "POST template-version-new": Valid(
        Served({"note": "Next", "client": Ref(a_client, "slug")}), query={"client": Ref(a_client, "slug")}
    ),
    "POST template-yardstick": Valid(in_clients=frozenset({"scoring_yardstickscore"})),
    "GET client-template-apply": Valid(query={"template": Ref(a_template)}, through_firm=True),
    "POST client-template-apply": Valid(
        Served({"apply": "yes"}), query={"template": Ref(a_template)}, through_firm=True, by_asker=True
    ),
    # targets and runs
    "GET targets": Valid(query={"segment": Ref(a_segment)}),
    "POST targets": Valid(Served({"segment": Ref(a_segment), "measure": "points_per_customer", **_TARGET})),
    "POST target-change": Valid(Served(_TARGET)),
    "POST target-retire": _ASKED,
    "POST runs": Valid(Served({"as_of": "2026-02-28"})),
    "POST forecast": Valid(Served({})),
    # customers at risk
    "POST at-risk-rule": Valid(Served({"fall": "10"})),
    "GET outreach-new": Valid(query={"customer": Ref(a_customer, "number")}),
    "POST outreach-new": Valid(
        Served({"how": "call", "contacted_on": "2026-02-28", "owner": Ref(a_person, "id")}),
        query={"customer": Ref(a_customer, "number")},
    ),
    "POST outreach": Valid(Served({"how": "mail", "contacted_on": "2026-02-28", "owner": Ref(a_person, "id")})),
    # validity
    "POST validity-ask": Valid(),
    "POST validity-outcome": Valid(Served({"kind": "silent", "actions": [Ref(an_action)], "days": "30"})),
    "POST validity-draft": Valid(Served({"replaces": "on"}), prepare=checked_now),
    # alerts and webhooks
    "POST alert": Valid(Served({"state": "done", "note": "A campaign had ended"})),
    "POST alert-rules-usual": Valid(prepare=without_alert_rules),
    "POST alert-rule-new": Valid(Served({"threshold": "3", "segments": [Ref(a_segment)]})),
    "POST alert-rule": Valid(Served({"threshold": "4", "segments": [Ref(a_segment)]})),
    "POST alert-rule-mute": Valid(Served({"muted_until": "2030-06-30"}, at="alert-rule", form="alert-rule-mute")),
    "POST alert-rule-end": _ASKED,
    "POST webhooks": Valid(Served({"name": "Mailing tool", "url": "https://hooks.example.com/in"}), expects=_SHOWN),
    "POST connection-new": Valid(Served({"name": "Sales", "token": "pat-na1-of-somebody"})),
    "POST connection-change": Valid(Served({"name": "Sales again"})),
    "POST connection-sync": Valid(),
    "POST connection-pause": Valid(Served(at="connection", form="connection-pause")),
    "POST connection-remove": _ASKED,
    "POST connection-list-new": Valid(Served({"list_name": "Gold"}), query={"segment": Ref(a_segment)}),
    "POST connection-list-all": Valid(),
    "POST connection-list-end": _ASKED,
    "POST webhook-test": Valid(),
    "POST webhook-rotate": Valid(Served(), expects=_SHOWN),
    "POST webhook-switch": Valid(Served(at="webhook", form="webhook-switch")),
    "POST webhook-remove": _ASKED,
    "POST webhook-again": Valid(),
    "POST segment-pushes": Valid(Served({"segment": Ref(a_segment), "endpoint": Ref(a_webhook, "endpoint_id")})),
    "POST segment-push-all": Valid(),
    "POST segment-push-end": _ASKED,
    # beside the score
    "GET companions": Valid(query={"segment": Ref(a_segment)}, prepare=measured_beside),
    "GET companions-short": Valid(query={"segment": Ref(a_segment)}, prepare=measured_beside),
    "GET companions-progress": Valid(prepare=with_figures_asked),
    "POST companions-refresh": Valid(prepare=with_figures_asked, expects=_MOVED),
    "GET companion": Valid(query={"of": "nps", "segment": Ref(a_segment)}, prepare=measured_beside),
    "GET companion-csv": Valid(query={"of": "nps", "segment": Ref(a_segment)}, prepare=measured_beside),
    "GET companions-csv": Valid(query={"segment": Ref(a_segment)}, prepare=measured_beside),
    "POST companion-settings": Valid(Served({"value_months": "3", "churn_by": "actions"})),
    "POST companion-money": Valid(
        Served({"month": "2026-01", "kind": "programme", "amount": "12.50", "segment": Ref(a_segment)})
    ),
    "POST survey-answers": Valid(Upload({"kind": "nps"}, "answers.csv", b"day,value\n2026-02-02,9\n")),
    "POST survey-upload-take-in": Valid(expects=_MOVED),
    "POST survey-upload-withdraw": Valid(expects=_MOVED),
    # feedback and the market
    "GET feedback": Valid(query={"segment": Ref(a_segment)}),
    "POST feedback-new": Valid(
        Served(
            {
                "text": "It came late",
                "day": "2026-02-20",
                "kind": "survey",
                "source": "Spring survey",
                "customer": Ref(a_known_customer, "external_id"),
                "segment": Ref(a_segment),
            }
        )
    ),
    "POST feedback-item": Valid(Served({"tone": "negative"})),
    "POST feedback-item-remove": _ASKED,
    "POST feedback-files": Valid(
        Upload({"kind": "survey", "source": "Spring", "language": "en"}, "spring.csv", b"day,text\n2026-02-20,Late\n")
    ),
    "POST feedback-file": Valid(),
    "POST feedback-themes": Valid(Served({"name": "Delivery", "phrases": "late"}, form="feedback-themes")),
    "POST feedback-themes-look": Valid(),
    "POST feedback-theme": Valid(Served({"words-name": "Delivery", "words-phrases": "late"}, form="feedback-theme")),
    "POST feedback-theme-state": Valid(
        Served({"state-state": "working"}, at="feedback-theme", form="feedback-theme-state")
    ),
    "POST feedback-theme-remove": _ASKED,
    "POST market": Valid(
        Served({"about": "Rivals", "measure": "Rating", "value": "4.5", "first_day": "2026-02-20", "source": "Shop"})
    ),
    "POST market-figure": Valid(Served({"value": "5"})),
    "POST market-figure-remove": _ASKED,
    # pooled
    "POST evidence-consent": Valid(Served({"agreed": "on"}), prepare=not_pooling, by_its_own=True),
    "POST evidence-withdraw": Valid(Served(), prepare=pooling),
    # reports
    "POST reports": Valid(Served({"segment": Ref(a_segment)})),
    "POST report-text": Valid(Served({"text": "Calls were answered late"}, at="report-edit", form="report-text")),
    "POST report-block": Valid(Served(at="report-edit", form="report-block")),
    "POST report-publish": _ASKED,
    "POST report-share": Valid(Served({"whom": "The board"}), expects=_SHOWN),
    "POST report-revoke": Valid(),
    "POST report-branding": Valid(Served({"made_by": "Northgate", "colour": "#1f4e79"})),
    # reviews
    "POST reviews": Valid(Served(), prepare=reviewed_before),
    "POST review-rhythm": Valid(Served({"every": "month", "leader": Ref(a_person, "id")})),
    "POST review": Valid(Served({"title": "Support is slow"})),
    "POST review-refresh": Valid(prepare=bound),
    "POST review-close": _ASKED,
    "POST review-note": Valid(Served({"text": "Calls were answered late"}, at="review", form="review-note")),
    "POST review-item-off": Valid(Served({"because": "Not this time"})),
    "POST review-decide": Valid(Served({**_DECIDED, "makes": "step"})),
    "POST review-decision": Valid(Served(_DECIDED)),
    "POST review-settle": Valid(Served({"state": "dropped", "because": "No money"})),
    # rounds
    "POST rounds-prepare": Valid(in_clients=_ROUNDS),
    "POST rounds-approve": Valid(
        Served({"when": "now"}), query={"month": "2026-02"}, prepare=with_ready_clients, in_clients=_ROUNDS
    ),
    "POST rounds-plan": Valid(Served({"prepare_day": "3"})),
    "POST round-prepare": Valid(),
    "POST round-approve": Valid(Served({"when": "now", "goes_on": "on"}), query={"month": "2026-02"}),
    "POST round-take-back": Valid(prepare=approved),
    "POST round-send-now": Valid(prepare=approved),
    "POST round-leave-out": Valid(Served({"because": "They moved house"})),
    "POST round-take-in": Valid(prepare=left_out),
    "POST round-mail-again": Valid(),
    "POST round-recipients": Valid(Served({"email": "new@example.com", "confirmed": "on"})),
    "POST round-recipient-remove": Valid(),
    "POST round-plan": Valid(Served({"link_days": "14"})),
    # findings, steps and tests
    "GET finding-new": Valid(query={"segment": Ref(a_segment)}),
    "POST finding-new": Valid(Served({"title": "Slow support", "segment": Ref(a_segment)})),
    "POST finding-change": Valid(Served({"title": "Slow mail", "segment": Ref(a_segment)})),
    "POST finding-close": Valid(Served({"because": "It was a holiday"})),
    "POST finding-reopen": Valid(),
    "GET step-new": Valid(query={"segment": Ref(a_segment), "finding": Ref(a_finding, "finding_id")}),
    "POST step-new": Valid(
        Served(
            {
                "title": "Call back",
                "segment": Ref(a_segment),
                "finding_ids": [Ref(a_finding, "finding_id")],
                "owner": Ref(a_person, "id"),
            }
        )
    ),
    "POST step-change": Valid(Served({"title": "Call back at once", "segment": Ref(a_segment)})),
    "POST step-start": _ASKED,
    "POST step-end": Valid(Served({"last_day": "2026-02-28"})),
    "POST step-stop": Valid(Served({"because": "No money"})),
    "POST step-read-out": Valid(),
    "POST experiment-new": Valid(
        Served(
            {
                "title": "A shorter page",
                "arm_name": "page",
                "arms": "old, 50\nnew, 50",
                "difference": "3",
                "customers_per_arm": "50",
                "first_day": "2026-02-02",
                "last_day": "2026-02-28",
                "owner": Ref(a_person, "id"),
            }
        )
    ),
    "POST experiment-start": _ASKED,
    "POST experiment-stop": Valid(Served({"because": "No money"})),
    "POST experiment-read-out": Valid(),
    # notes and questions
    "GET notes": Valid(query={"segment": Ref(a_segment)}),
    "POST notes": Valid(Served({"first_day": "2026-02-28", "text": "Spring campaign", "segment": Ref(a_segment)})),
    "GET note-change": Valid(by_its_writer=True),
    "POST note-change": Valid(Served({"text": "Autumn campaign", "segment": Ref(a_segment)}), by_its_writer=True),
    "GET note-remove": Valid(by_its_writer=True),
    "POST note-remove": Valid(Served(), by_its_writer=True),
    "GET question-new": Valid(query={**_RUN, "segment": Ref(a_segment)}),
    "POST question-new": Valid(Served({"text": "Why?", "segment": Ref(a_segment), **_RUN})),
    "POST question": Valid(Served({"further-text": "And since when?"})),
    "POST question-answer": Valid(Served({"answer-text": "Of the weather"}, at="question", form="question-answer")),
    # guidance
    "POST quality": Valid(),
    "POST quality-accept": Valid(Served({"reason": "we know"})),
    "POST quality-mind": Valid(),
    "GET guidance-measure": Valid(query={"segment": Ref(a_segment)}),
    "GET guidance-entry": Valid(query={"segment": Ref(a_segment)}),
    "POST guidance-entry-new": Valid(Served(_ENTRY)),
    "POST guidance-entry-edit": Valid(Served(_ENTRY)),
    "POST guidance-entry-withdraw": _ASKED,
    "POST firm-guidance-new": Valid(Served(_ENTRY), in_clients=_GUIDANCE),
    "POST firm-guidance-edit": Valid(Served(_ENTRY), in_clients=_GUIDANCE),
    "POST firm-guidance-withdraw": Valid(Served(), in_clients=_GUIDANCE),
    # scorecards
    "GET scorecard": Valid(query={**_RUN, "set": Ref(a_set)}),
    "GET scorecard-csv": Valid(query=_RUN),
    "GET explained": Valid(query={**_RUN, "segment": Ref(a_segment)}),
    "GET segment": Valid(query=_RUN),
    "GET segment-csv": Valid(query=_RUN),
    "GET customers": Valid(query={**_RUN, "segment": Ref(a_segment)}),
    "GET customer": Valid(query=_RUN),
}
