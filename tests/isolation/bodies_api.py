"""Valid requests to the API; bodies.py says how to add one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from tests.isolation.bodies import Prepared, Read, Ref, Upload, Valid
from tests.isolation.routes import (
    a_customer,
    a_finding,
    a_machine_rule_set,
    a_pair_apart,
    a_review,
    a_segment,
    a_template,
    an_action,
    an_alert,
)
from tests.isolation.stage import a_client, a_known_customer, a_merge_target, a_minder, a_person, a_scored_run, a_set
from tests.isolation.states import (
    a_machine_draft,
    apart,
    approved,
    bound,
    merged,
    proposed,
    restated,
    retired,
    reviewed_before,
    scheduled,
    somebody_known,
    superseded,
    without_alert_rules,
)
from tests.scoring.templates_world import content

_RUN = {"run": Ref(a_scored_run, "number")}
_PLAIN = Valid()  # the method and the address say everything
_DRAFT_CHANGED_AT = Read("api-weights-draft", "changed_at")
_COMPARED = partial(Read, "api-client-template-comparison", query=(("template", Ref(a_template)),))
_SET_CHANGED_AT = Read("api-weight-set", "changed_at")
_WEIGHTS = [{"key": Ref(an_action), "weight": "2"}]
_DRAFT = {"weights": _WEIGHTS, "full_points": "60", "full_points_from": "own"}
_RULE = {"all": [{"trait": "plan", "op": "is", "value": "gold"}]}
_LIMITED = {"role": "viewer", "limited_to": "segments", "segments": [Ref(a_segment)]}
_TARGET = {"value": "70", "due_on": "2030-06-30", "owner": Ref(a_person, "email")}

_ENTRY = {"question": "Why?", "text": "Because."}
_FIGURE = {"about": "Rivals", "measure": "Rating", "value": "5", "first_day": "2026-02-20", "source": "Shop"}
_BURST = {"kind": "burst", "name": "Viewed", "more_than": 30, "seconds": 10}
_TOLD = {"segments": [Ref(a_segment)], "people": [Ref(a_person, "email")]}


def _for_the_template(items: list[dict[str, str]]) -> dict[str, str]:
    return {item["id"]: "template" for item in items if item["state"] == "conflict"}


API: Mapping[str, Valid] = {
    # organisations and people
    "PATCH api-organisation": Valid({"name": "Renamed"}),
    "GET api-minder": Valid(through_firm=True),
    "PUT api-minder": Valid({"minded_by": Ref(a_minder, "email")}, through_firm=True),
    "POST api-clients": Valid({"name": "Another client"}),
    "POST api-members": Valid({"email": "known@example.com", **_LIMITED}, prepare=somebody_known),
    "POST api-invitations": Valid({"email": "new@example.com", **_LIMITED}),
    "DELETE api-invitation": _PLAIN,
    "PATCH api-member": Valid(_LIMITED),
    "DELETE api-member": _PLAIN,
    "POST api-tokens": Valid({"name": "Sync", "permissions": ["view"]}, by_a_person=True),
    "DELETE api-token": _PLAIN,
    # data
    "POST api-imports": Valid(
        Upload({"kind": "events"}, "march.csv", b"event,customer,timestamp\nvisit,c1,2026-03-01\n")
    ),
    "POST api-rejected-replay": Valid({"fix": "as_it_came"}),
    "POST api-rejected-discard": _PLAIN,
    "POST api-import-start": _PLAIN,
    "POST api-import-cancel": _PLAIN,
    "POST api-import-undo": _PLAIN,
    "DELETE api-mapping": _PLAIN,
    "POST api-connection-sync": _PLAIN,
    "POST api-connection-list-send": _PLAIN,
    "GET api-customers": Valid(query={"external_id": Ref(a_known_customer, "external_id")}),
    "POST api-customer-erase": Valid({"reason": "Asked by letter"}),
    "PATCH api-customer": Valid({"excluded": True}),
    "POST api-customer-undo-merge": Valid(
        {"target": Ref(a_merge_target, "number"), "reason": "Two people"}, prepare=merged
    ),
    "POST api-customer-merge-again": Valid(
        {"target": Ref(a_pair_apart, "target"), "reason": "One person after all"}, prepare=apart
    ),
    # actions and weights
    "POST api-event-names": Valid({"act": "pass_over", "event": "Beep"}),
    "POST api-machine-rules": Valid({"act": "add", "rule": _BURST}),
    "POST api-machine-rules-publish": Valid({"note": "As agreed"}, prepare=a_machine_draft),
    "POST api-machine-rules-leave-out": Valid({"number": Ref(a_machine_rule_set, "number"), "note": "Bots"}),
    "PUT api-breakdowns": Valid({"properties": ["campaign"]}),
    "POST api-actions": Valid({"name": "Calls", "channel": "support", "rule": {"event_names": ["call"]}}),
    "PATCH api-action": Valid({"name": "Renamed"}),
    "DELETE api-action": _PLAIN,
    "PUT api-weights-draft": Valid(_DRAFT),
    "DELETE api-weights-draft": _PLAIN,
    "POST api-weights-publish": Valid({"note": "As agreed", "changed_at": _DRAFT_CHANGED_AT}),
    "PUT api-weights-draft-segment": Valid({"full_points": "50", "weights": _WEIGHTS}),
    "DELETE api-weights-draft-segment": _PLAIN,
    "POST api-weights-preview": Valid(_DRAFT),
    "POST api-weights-approve": Valid({"changed_at": _SET_CHANGED_AT}, prepare=proposed, by_a_person=True),
    "POST api-weights-send-back": Valid(
        {"changed_at": _SET_CHANGED_AT, "reason": "Too much for a visit"}, prepare=proposed
    ),
    "POST api-weights-withdraw": Valid(prepare=scheduled),
    "POST api-weights-return": Valid({"in_force": Prepared("in_force")}, prepare=retired),
    "POST api-weights-past": Valid({"first_day": "2026-02-27"}, prepare=superseded),
    "DELETE api-weights-past": Valid(prepare=restated),
    # segments
    "POST api-segments": Valid({"name": "Gold", "set": Ref(a_set), "rule": _RULE}),
    "PATCH api-segment": Valid({"name": "Renamed"}),
    "DELETE api-segment": _PLAIN,
    "POST api-segment-sets": Valid({"name": "Plans"}),
    # templates
    "POST api-templates": Valid({"name": "Kept", "client": Ref(a_client, "slug")}),
    "PATCH api-template": Valid({"name": "Renamed"}),
    "POST api-template-versions": Valid({"content": content(), "note": "Next"}),
    "GET api-client-template-comparison": Valid(query={"template": Ref(a_template)}, through_firm=True),
    "POST api-client-template-apply": Valid(
        {
            "template": Ref(a_template),
            "opened": _COMPARED("opened"),
            "decisions": _COMPARED("items", pick=_for_the_template),
        },
        through_firm=True,
        by_asker=True,
    ),
    # targets and runs
    "POST api-targets": Valid({"segment": Ref(a_segment), "measure": "points_per_customer", **_TARGET}),
    "PATCH api-target": Valid(_TARGET),
    "DELETE api-target": _PLAIN,
    "POST api-runs": Valid({"as_of": "2026-02-28"}),
    "POST api-forecasts": _PLAIN,
    # customers at risk
    "PUT api-at-risk-rule": Valid({"fall": "10", "least": "30"}),
    "POST api-outreach": Valid({"customers": [Ref(a_customer, "number")], "owner": Ref(a_person, "email")}),
    "PATCH api-one-outreach": Valid({"how": "mail", "contacted_on": "2026-02-28", "owner": Ref(a_person, "email")}),
    # validity
    "POST api-validity": Valid(),
    "PUT api-validity-outcome": Valid({"kind": "silent", "actions": [Ref(an_action)], "days": 30}),
    # alerts
    "GET api-alerts": Valid(query={"state": "all", "segment": Ref(an_alert, "segment")}),
    "PATCH api-alert": Valid({"state": "done", "note": "A campaign had ended"}),
    "POST api-alert-rules": Valid({"kind": "drop", "period": "week", "threshold": "3", **_TOLD}),
    "POST api-alert-rules-usual": Valid(prepare=without_alert_rules),
    "PATCH api-alert-rule": Valid({"threshold": "4", **_TOLD}),
    "DELETE api-alert-rule": _PLAIN,
    "PUT api-alert-rule-mute": Valid({"muted_until": "2030-06-30"}),
    # beside the score
    "GET api-companions": Valid(query={"segment": Ref(a_segment)}),
    "PUT api-companion-settings": Valid({"value_months": 3}),
    "POST api-companion-money": Valid(
        {"month": "2026-01-01", "kind": "programme", "amount": "12.50", "segment": Ref(a_segment)}
    ),
    "POST api-survey-answers": Valid({"answers": [{"day": "2026-02-02", "kind": "nps", "value": 9, "key": "r-1"}]}),
    # feedback and the market
    "POST api-feedback": Valid(
        {
            "items": [
                {
                    "text": "It came late",
                    "day": "2026-02-20",
                    "kind": "survey",
                    "source": "Spring survey",
                    "customer": Ref(a_known_customer, "external_id"),
                    "segment": Ref(a_segment),
                }
            ]
        }
    ),
    "PATCH api-feedback-item": Valid({"sounds": "negative"}),
    "DELETE api-feedback-item": _PLAIN,
    "POST api-themes": Valid({"name": "Delivery", "phrases": ["late"]}),
    "PATCH api-theme": Valid({"state": "working"}),
    "DELETE api-theme": _PLAIN,
    "GET api-theme-counts": Valid(query={"segment": Ref(a_segment)}),
    "POST api-market": Valid(_FIGURE),
    "PUT api-market-figure": Valid(_FIGURE),
    "DELETE api-market-figure": _PLAIN,
    # reports
    "POST api-reports": Valid({"last_day": "2026-02-28", "segment": Ref(a_segment)}),
    "POST api-report-versions": _PLAIN,
    "POST api-report-links": Valid({"whom": "The board", "days": 3}),
    "DELETE api-report-link": Valid(),
    # reviews
    "POST api-reviews": Valid({"rhythm": "month", "last_day": "2026-02-28"}, prepare=reviewed_before),
    "PUT api-review-rhythm": Valid({"every": "month", "leader": Ref(a_person, "email")}),
    "POST api-review": Valid(prepare=bound),
    "POST api-review-items": Valid({"title": "Support is slow"}),
    "POST api-review-decisions": Valid(
        {
            "item": Ref(a_review, "item_id"),
            "text": "Call back",
            "owner": Ref(a_person, "email"),
            "due_on": "2030-06-30",
            "measure": "score",
            "segment": Ref(a_segment),
        }
    ),
    "POST api-review-settle": Valid({"state": "done"}),
    "POST api-review-close": Valid({"fates": [{"item": Ref(a_review, "item_id"), "fate": "carried"}]}),
    "POST api-round-approval": Valid({"goes_on": True}, query={"month": "2026-02"}, by_a_person=True),
    "DELETE api-round-approval": Valid(prepare=approved),
    "POST api-round-recipients": Valid({"email": "new@example.com", "confirmed": True}),
    "DELETE api-round-recipient": _PLAIN,
    # findings, steps and tests
    "POST api-findings": Valid({"title": "Slow support", "first_day": "2026-02-28", "segment": Ref(a_segment)}),
    "PATCH api-finding": Valid({"title": "Slow mail", "segment": Ref(a_segment)}),
    "POST api-steps": Valid(
        {
            "title": "Call back",
            "lever": "service",
            "first_day": "2026-02-02",
            "segment": Ref(a_segment),
            "findings": [Ref(a_finding, "finding_id")],
            "owner": Ref(a_person, "email"),
            "measure": "action",
            "action": Ref(an_action),
        }
    ),
    "PATCH api-step": Valid({"title": "Call back at once", "segment": Ref(a_segment)}),
    "POST api-step-state": Valid({"to": "running"}),
    "POST api-step-read-outs": _PLAIN,
    "POST api-experiments": Valid(
        {
            "title": "A shorter page",
            "arm_name": "page",
            "first_day": "2026-02-02",
            "last_day": "2026-02-28",
            "arms": [{"value": "old", "share_thousandths": 500}, {"value": "new", "share_thousandths": 500}],
            "difference": "3",
            "customers_per_arm": 50,
            "measure": "action",
            "action": Ref(an_action),
        }
    ),
    "POST api-experiment-state": Valid({"to": "running"}),
    "POST api-experiment-read-outs": Valid(),
    # notes and questions
    "POST api-notes": Valid({"first_day": "2026-02-28", "text": "Spring campaign", "segment": Ref(a_segment)}),
    "PATCH api-note": Valid({"text": "Autumn campaign", "segment": Ref(a_segment)}, by_its_writer=True),
    "DELETE api-note": Valid(by_its_writer=True),
    "POST api-questions": Valid({"text": "Why?", "segment": Ref(a_segment), **_RUN}),
    "POST api-question": Valid({"text": "And since when?"}),
    "POST api-question-answers": Valid({"text": "Of the weather"}),
    # guidance
    "PUT api-pitfall": Valid({"reason": "we know"}),
    "DELETE api-pitfall": Valid(),
    "POST api-guidance": Valid(_ENTRY),
    "GET api-guidance-measure": Valid(query={"segment": Ref(a_segment)}),
    "GET api-guidance-entry": Valid(query={"segment": Ref(a_segment)}),
    "PUT api-guidance-entry": Valid({**_ENTRY, "based_on": 1}),
    "DELETE api-guidance-entry": Valid(query={"language": "en"}),
    # scorecards
    "GET api-scorecard": Valid(query=_RUN),
    "GET api-explanation": Valid(query={**_RUN, "segment": Ref(a_segment)}),
    "GET api-segment-figures": Valid(query=_RUN),
    "GET api-segment-breakdowns": Valid(query=_RUN),
    "GET api-customer-score": Valid(query=_RUN),
}
