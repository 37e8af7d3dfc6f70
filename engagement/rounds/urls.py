"""Addresses of this step."""

from __future__ import annotations

from django.urls import URLPattern, path

from engagement.rounds import api, views
from engagement.rounds.views import client, recipients

organisation_urls: list[URLPattern] = [
    path("rounds/", views.rounds, name="rounds"),
    path("rounds/prepare/", views.rounds_prepare, name="rounds-prepare"),
    path("rounds/approve/", views.rounds_approve, name="rounds-approve"),
    path("rounds/plan/", views.rounds_plan, name="rounds-plan"),
    path("round/", client.round_of_client, name="round"),
    path("round/prepare/", client.round_prepare, name="round-prepare"),
    path("round/approve/", client.round_approve, name="round-approve"),
    path("round/take-back/", client.round_take_back, name="round-take-back"),
    path("round/send-now/", client.round_send_now, name="round-send-now"),
    path("round/leave-out/", client.round_leave_out, name="round-leave-out"),
    path("round/take-in/", client.round_take_in, name="round-take-in"),
    path("round/mails/<uuid:mail_id>/again/", client.round_mail_again, name="round-mail-again"),
    path("round/recipients/", recipients.round_recipients, name="round-recipients"),
    path(
        "round/recipients/<uuid:recipient_id>/remove/",
        recipients.round_recipient_remove,
        name="round-recipient-remove",
    ),
    path("round/plan/", recipients.round_plan, name="round-plan"),
]
_ORGANISATION = "organisations/<slug:slug>/"
api_urls: list[URLPattern] = [
    path(f"{_ORGANISATION}rounds/", api.Round.as_view(), name="api-rounds"),
    path(f"{_ORGANISATION}round/", api.ClientRound.as_view(), name="api-round"),
    path(f"{_ORGANISATION}round/approval/", api.Approval.as_view(), name="api-round-approval"),
    path(f"{_ORGANISATION}round/recipients/", api.Recipients.as_view(), name="api-round-recipients"),
    path(
        f"{_ORGANISATION}round/recipients/<uuid:recipient_id>/",
        api.OneRecipient.as_view(),
        name="api-round-recipient",
    ),
]
