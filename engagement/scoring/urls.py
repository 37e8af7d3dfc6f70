"""Addresses of this step."""

from __future__ import annotations

from django.urls import URLPattern, path

from engagement.scoring import api
from engagement.scoring.views import actions, segments, weights

root_urls: list[URLPattern] = []
# `segments/<key>/` is a segment's own page, which a later step shows: no address of two parts may begin with segments/.
organisation_urls: list[URLPattern] = [
    path("actions/", actions.actions, name="actions"),
    path("actions/new/", actions.action_new, name="action-new"),
    path("actions/<slug:key>/", actions.action, name="action"),
    path("actions/<slug:key>/archive/", actions.action_archive, name="action-archive"),
    path("weights/", weights.weights, name="weights"),
    path("weights/draft/publish/", weights.weights_publish, name="weights-publish"),
    path("weights/draft/discard/", weights.weights_discard, name="weights-discard"),
    path("weights/<int:number>/", weights.weight_set, name="weight-set"),
    path("weights/<int:number>/return/", weights.weights_return, name="weights-return"),
    path("segments/", segments.segments, name="segments"),
    path("segments/new/segment/", segments.segment_new, name="segment-new"),
    path("segments/new/set/", segments.segment_set_new, name="segment-set-new"),
    path("segments/new/from-trait/", segments.segments_from_trait, name="segments-from-trait"),
    path("segments/<slug:key>/edit/", segments.segment_edit, name="segment-edit"),
    path("segments/<slug:key>/archive/", segments.segment_archive, name="segment-archive"),
    path("exclusions/", segments.exclusions, name="exclusions"),
]
_AT = "organisations/<slug:slug>/"
api_urls: list[URLPattern] = [
    path(f"{_AT}actions/", api.Actions.as_view(), name="api-actions"),
    path(f"{_AT}actions/<slug:key>/", api.OneAction.as_view(), name="api-action"),
    path(f"{_AT}weight-sets/", api.WeightSets.as_view(), name="api-weight-sets"),
    path(f"{_AT}weight-sets/draft/", api.Draft.as_view(), name="api-weights-draft"),
    path(f"{_AT}weight-sets/draft/publish/", api.Publish.as_view(), name="api-weights-publish"),
    path(f"{_AT}weight-sets/<int:number>/", api.OneWeightSet.as_view(), name="api-weight-set"),
    path(f"{_AT}segments/", api.Segments.as_view(), name="api-segments"),
    path(f"{_AT}segments/<slug:key>/", api.OneSegment.as_view(), name="api-segment"),
    path(f"{_AT}segment-sets/", api.SegmentSets.as_view(), name="api-segment-sets"),
]
