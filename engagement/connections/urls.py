"""Addresses of this step."""

from __future__ import annotations

from django.urls import URLPattern, path

from engagement.connections import api
from engagement.connections.views import connections as pages
from engagement.connections.views import hooks, lists

root_urls: list[URLPattern] = [
    path("hooks/segment/<uuid:connection_id>", hooks.segment, name="hook-segment"),
]
organisation_urls: list[URLPattern] = [
    path("data/connections/", pages.connection_list, name="connections"),
    path("data/connections/new/<slug:vendor>/", pages.connection_new, name="connection-new"),
    path("data/connections/<uuid:connection_id>/", pages.connection, name="connection"),
    path("data/connections/<uuid:connection_id>/change/", pages.connection_change, name="connection-change"),
    path("data/connections/<uuid:connection_id>/sync/", pages.connection_sync, name="connection-sync"),
    path("data/connections/<uuid:connection_id>/pause/", pages.connection_pause, name="connection-pause"),
    path("data/connections/<uuid:connection_id>/remove/", pages.connection_remove, name="connection-remove"),
    path("data/connections/<uuid:connection_id>/lists/", lists.connection_lists, name="connection-lists"),
    path("data/connections/<uuid:connection_id>/lists/new/", lists.connection_list_new, name="connection-list-new"),
    path("data/lists/<uuid:push_id>/send/", lists.connection_list_all, name="connection-list-all"),
    path("data/lists/<uuid:push_id>/end/", lists.connection_list_end, name="connection-list-end"),
]
api_urls: list[URLPattern] = [
    path("organisations/<slug:slug>/connections/", api.Connections.as_view(), name="api-connections"),
    path(
        "organisations/<slug:slug>/connections/<uuid:connection_id>/",
        api.OneConnection.as_view(),
        name="api-connection",
    ),
    path(
        "organisations/<slug:slug>/connections/<uuid:connection_id>/sync/",
        api.ConnectionSync.as_view(),
        name="api-connection-sync",
    ),
    path(
        "organisations/<slug:slug>/connections/<uuid:connection_id>/lists/",
        api.ConnectionLists.as_view(),
        name="api-connection-lists",
    ),
    path(
        "organisations/<slug:slug>/connection-lists/<uuid:push_id>/send/",
        api.ConnectionListSend.as_view(),
        name="api-connection-list-send",
    ),
]
