"""Addresses of this step."""

from __future__ import annotations

from django.urls import URLPattern, path

from engagement.scoring import api, api_breakdowns, api_overrides
from engagement.scoring.templating import api as templating_api
from engagement.scoring.views import (
    actions,
    arranging,
    breakdowns,
    client_template,
    comparing,
    counting,
    own_weights,
    publishing,
    segments,
    templates,
    weights,
)

root_urls: list[URLPattern] = []
# `segments/<key>/` is a segment's own page, which a later step shows: no address of two parts may begin with segments/.
organisation_urls: list[URLPattern] = [
    path("actions/", actions.actions, name="actions"),
    path("actions/new/", actions.action_new, name="action-new"),
    path("actions/<slug:key>/", actions.action, name="action"),
    path("actions/<slug:key>/archive/", actions.action_archive, name="action-archive"),
    path("breakdowns/", breakdowns.breakdowns, name="breakdowns"),
    path("activity/progress/", counting.activity_progress, name="activity-progress"),
    path("weights/", weights.weights, name="weights"),
    path("weights/draft/publish/", weights.weights_publish, name="weights-publish"),
    path("weights/draft/discard/", weights.weights_discard, name="weights-discard"),
    path("weights/compare/", comparing.weights_compare, name="weights-compare"),
    path("weights/draft/step/", weights.weights_step, name="weights-step"),
    path("weights/draft/segments/", own_weights.choose, name="own-weights-choose"),
    path("weights/draft/segments/<slug:key>/", own_weights.own_weights, name="own-weights"),
    path("weights/draft/segments/<slug:key>/remove/", own_weights.remove, name="own-weights-remove"),
    path("weights/template/", client_template.client_template, name="client-template"),
    path("weights/template/apply/", client_template.client_template_apply, name="client-template-apply"),
    path("weights/<int:number>/", weights.weight_set, name="weight-set"),
    path("weights/<int:number>/return/", weights.weights_return, name="weights-return"),
    path("weights/<int:number>/return/now/", publishing.return_now, name="weights-return-now"),
    path("weights/<int:number>/approve/", publishing.approve, name="weights-approve"),
    path("weights/<int:number>/send-back/", publishing.send_back, name="weights-send-back"),
    path("weights/<int:number>/withdraw/", publishing.withdraw, name="weights-withdraw"),
    path("weights/<int:number>/past/", publishing.past, name="weights-past"),
    path("weights/<int:number>/past/restate/", publishing.restate, name="weights-restate"),
    path("weights/<int:number>/past/take-back/", publishing.take_back, name="weights-take-back"),
    path("segments/", segments.segments, name="segments"),
    path("segments/new/segment/", segments.segment_new, name="segment-new"),
    path("segments/new/set/", segments.segment_set_new, name="segment-set-new"),
    path("segments/new/from-trait/", segments.segments_from_trait, name="segments-from-trait"),
    path("segments/<slug:key>/edit/", segments.segment_edit, name="segment-edit"),
    path("segments/<slug:key>/archive/", segments.segment_archive, name="segment-archive"),
    path("segments/<slug:key>/move/", arranging.segment_move, name="segment-move"),
    path("segments/<slug:key>/return/", arranging.segment_return, name="segment-return"),
    path("segments/sets/<slug:key>/change/", arranging.segment_set_change, name="segment-set-change"),
    path("segments/sets/<slug:key>/archive/", arranging.segment_set_archive, name="segment-set-archive"),
    path("segments/sets/<slug:key>/move/", arranging.segment_set_move, name="segment-set-move"),
    path("exclusions/", segments.exclusions, name="exclusions"),
    path("templates/", templates.templates, name="templates"),
    path("templates/new/", templates.template_new, name="template-new"),
    path("templates/<slug:key>/", templates.template, name="template"),
    path("templates/<slug:key>/version/", templates.template_version_new, name="template-version-new"),
    path("templates/<slug:key>/yardstick/", templates.template_yardstick, name="template-yardstick"),
]
_AT = "organisations/<slug:slug>/"
api_urls: list[URLPattern] = [
    path(f"{_AT}actions/", api.Actions.as_view(), name="api-actions"),
    path(f"{_AT}actions/<slug:key>/", api.OneAction.as_view(), name="api-action"),
    path(f"{_AT}breakdowns/", api_breakdowns.Breakdowns.as_view(), name="api-breakdowns"),
    path(f"{_AT}activity/", api.Activity.as_view(), name="api-activity"),
    path(f"{_AT}weight-sets/", api.WeightSets.as_view(), name="api-weight-sets"),
    path(f"{_AT}weight-sets/draft/", api.Draft.as_view(), name="api-weights-draft"),
    path(f"{_AT}weight-sets/draft/publish/", api.Publish.as_view(), name="api-weights-publish"),
    path(
        f"{_AT}weight-sets/draft/segments/<slug:key>/",
        api_overrides.DraftSegment.as_view(),
        name="api-weights-draft-segment",
    ),
    path(f"{_AT}weight-sets/<int:number>/", api.OneWeightSet.as_view(), name="api-weight-set"),
    path(f"{_AT}weight-sets/<int:number>/approve/", api.Approve.as_view(), name="api-weights-approve"),
    path(f"{_AT}weight-sets/<int:number>/send-back/", api.SendBack.as_view(), name="api-weights-send-back"),
    path(f"{_AT}weight-sets/<int:number>/withdraw/", api.Withdraw.as_view(), name="api-weights-withdraw"),
    path(f"{_AT}weight-sets/<int:number>/return/", api.ReturnAtOnce.as_view(), name="api-weights-return"),
    path(f"{_AT}weight-sets/<int:number>/past/", api.Past.as_view(), name="api-weights-past"),
    path(f"{_AT}segments/", api.Segments.as_view(), name="api-segments"),
    path(f"{_AT}segments/<slug:key>/", api.OneSegment.as_view(), name="api-segment"),
    path(f"{_AT}segment-sets/", api.SegmentSets.as_view(), name="api-segment-sets"),
    path(f"{_AT}templates/", templating_api.Templates.as_view(), name="api-templates"),
    path(f"{_AT}templates/<slug:key>/", templating_api.OneTemplate.as_view(), name="api-template"),
    path(f"{_AT}templates/<slug:key>/versions/", templating_api.Versions.as_view(), name="api-template-versions"),
    path(f"{_AT}template/", templating_api.ClientTemplate.as_view(), name="api-client-template"),
    path(f"{_AT}template/comparison/", templating_api.Comparing.as_view(), name="api-client-template-comparison"),
    path(f"{_AT}template/apply/", templating_api.Applying.as_view(), name="api-client-template-apply"),
]
