from __future__ import annotations

from django.urls import URLPattern, path

from engagement.reviews import api, views
from engagement.reviews.views import agenda

organisation_urls: list[URLPattern] = [
    path("reviews/", views.reviews, name="reviews"),
    path("reviews/rhythm/", views.review_rhythm, name="review-rhythm"),
    path("reviews/<uuid:review_id>/", views.review, name="review"),
    path("reviews/<uuid:review_id>/refresh/", views.review_refresh, name="review-refresh"),
    path("reviews/<uuid:review_id>/close/", views.review_close, name="review-close"),
    path("reviews/<uuid:review_id>/items/<uuid:item_id>/", agenda.review_note, name="review-note"),
    path("reviews/<uuid:review_id>/items/<uuid:item_id>/off/", agenda.review_item_off, name="review-item-off"),
    path("reviews/<uuid:review_id>/items/<uuid:item_id>/decide/", agenda.review_decide, name="review-decide"),
    path("reviews/<uuid:review_id>/decisions/<uuid:decision_id>/", agenda.review_decision, name="review-decision"),
    path("reviews/<uuid:review_id>/decisions/<uuid:decision_id>/settle/", agenda.review_settle, name="review-settle"),
]
_ORGANISATION = "organisations/<slug:slug>/reviews/"
api_urls: list[URLPattern] = [
    path(_ORGANISATION, api.Reviews.as_view(), name="api-reviews"),
    path(f"{_ORGANISATION}rhythm/", api.ReviewRhythm.as_view(), name="api-review-rhythm"),
    path(f"{_ORGANISATION}<uuid:review_id>/", api.OneReview.as_view(), name="api-review"),
    path(f"{_ORGANISATION}<uuid:review_id>/items/", api.Items.as_view(), name="api-review-items"),
    path(f"{_ORGANISATION}<uuid:review_id>/decisions/", api.Decisions.as_view(), name="api-review-decisions"),
    path(
        f"{_ORGANISATION}<uuid:review_id>/decisions/<uuid:decision_id>/state/",
        api.DecisionStates.as_view(),
        name="api-review-settle",
    ),
    path(f"{_ORGANISATION}<uuid:review_id>/close/", api.Close.as_view(), name="api-review-close"),
]
