"""Addresses of this step."""

from __future__ import annotations

from django.urls import URLPattern, path

from engagement.pooled import api, views

organisation_urls: list[URLPattern] = [
    path("evidence/", views.evidence, name="evidence"),
    path("evidence-consent/", views.consent, name="evidence-consent"),
    path("evidence-consent/withdraw/", views.consent_withdraw, name="evidence-withdraw"),
]
api_urls: list[URLPattern] = [
    path("organisations/<slug:slug>/evidence/", api.EvidenceAcross.as_view(), name="api-evidence"),
    path("organisations/<slug:slug>/evidence-consent/", api.Consent.as_view(), name="api-evidence-consent"),
]
