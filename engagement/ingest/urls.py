"""Addresses of this step."""

from __future__ import annotations

from django.urls import URLPattern, path, re_path

from engagement.ingest import api, api_privacy
from engagement.ingest.views import accept, data, identity, keys, privacy

root_urls: list[URLPattern] = [
    re_path(rf"^v1/(?P<kind>{'|'.join(accept.KINDS)})/?$", accept.accept, name="accept"),
    path("v1/projects/<str:key>/settings", accept.source_settings, name="accept-settings"),
]
organisation_urls: list[URLPattern] = [
    path("data/", data.imports, name="imports"),
    path("data/imports/<uuid:import_id>/", data.one_import, name="import"),
    path("data/imports/<uuid:import_id>/progress/", data.import_progress, name="import-progress"),
    path("data/imports/<uuid:import_id>/rejected.csv", data.import_rejected, name="import-rejected"),
    path("data/rejected/", data.rejected, name="rejected"),
    path("data/keys/", keys.write_keys, name="write-keys"),
    path("data/keys/<uuid:key_id>/rotate/", keys.write_key_rotate, name="write-key-rotate"),
    path("data/keys/<uuid:key_id>/revoke/", keys.write_key_revoke, name="write-key-revoke"),
    path("data/privacy/", privacy.keeping, name="privacy"),
    path("data/privacy/erasures/<uuid:erasure_id>/retry/", privacy.erasure_retry, name="erasure-retry"),
    path("customers/<int:number>/erase/", privacy.customer_erase, name="customer-erase"),
    path("customers/<int:number>/take-apart/", identity.take_apart, name="customer-take-apart"),
    path("customers/<int:number>/merge-again/<int:target>/", identity.merge_again, name="customer-merge-again"),
]
api_urls: list[URLPattern] = [
    path("organisations/<slug:slug>/imports/", api.Imports.as_view(), name="api-imports"),
    path("organisations/<slug:slug>/imports/<uuid:import_id>/", api.OneImport.as_view(), name="api-import"),
    path("organisations/<slug:slug>/erasures/", api_privacy.Erasures.as_view(), name="api-erasures"),
    path("organisations/<slug:slug>/erasures/<uuid:erasure_id>/", api_privacy.OneErasure.as_view(), name="api-erasure"),
    path(
        "organisations/<slug:slug>/customers/<int:number>/erasure/",
        api_privacy.CustomerErasure.as_view(),
        name="api-customer-erase",
    ),
    path("organisations/<slug:slug>/customers/", api.Customers.as_view(), name="api-customers"),
    path("organisations/<slug:slug>/customers/<int:number>/", api.OneCustomer.as_view(), name="api-customer"),
    path(
        "organisations/<slug:slug>/customers/<int:number>/identity/",
        api.CustomerIdentity.as_view(),
        name="api-customer-identity",
    ),
    path(
        "organisations/<slug:slug>/customers/<int:number>/identity/undo/",
        api.CustomerUndoMerge.as_view(),
        name="api-customer-undo-merge",
    ),
    path(
        "organisations/<slug:slug>/customers/<int:number>/identity/merge/",
        api.CustomerMergeAgain.as_view(),
        name="api-customer-merge-again",
    ),
]
