"""Addresses of this step."""

from __future__ import annotations

from django.urls import URLPattern, path

from tenants import api, views

root_urls: list[URLPattern] = [
    path("", views.home, name="home"),
    path("login/", views.login, name="login"),
    path("logout/", views.logout, name="logout"),
    path("account/", views.account, name="account"),
    path("account/password/", views.account_password, name="account-password"),
    path("account/tokens/", views.token_new, name="token-new"),
    path("account/tokens/<uuid:token_id>/revoke/", views.token_revoke, name="token-revoke"),
]
organisation_urls: list[URLPattern] = [
    path("settings/", views.settings, name="settings"),
    path("members/", views.members, name="members"),
    path("members/<uuid:member_id>/", views.member_role, name="member-role"),
    path("members/<uuid:member_id>/remove/", views.member_remove, name="member-remove"),
    path("clients/new/", views.client_new, name="client-new"),
]
api_urls: list[URLPattern] = [
    path("organisations/", api.Organisations.as_view(), name="api-organisations"),
    path("organisations/<slug:slug>/", api.OneOrganisation.as_view(), name="api-organisation"),
    path("organisations/<slug:slug>/clients/", api.Clients.as_view(), name="api-clients"),
    path("organisations/<slug:slug>/members/", api.Members.as_view(), name="api-members"),
    path("organisations/<slug:slug>/members/<uuid:member_id>/", api.OneMember.as_view(), name="api-member"),
]
