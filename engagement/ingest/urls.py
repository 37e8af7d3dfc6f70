"""Addresses of this step."""

from __future__ import annotations

from django.urls import URLPattern, path, re_path

from engagement.ingest import api, api_imports, api_privacy, api_quarantine
from engagement.ingest.views import (
    accept,
    asking,
    data,
    deciding,
    dialects,
    failed,
    identity,
    keys,
    privacy,
    quarantine,
)

_KINDS = "|".join(accept.KINDS)

root_urls: list[URLPattern] = [
    re_path(rf"^v1/(?P<kind>{_KINDS})/?$", accept.accept, name="accept"),
    re_path(rf"^v1/customerio/(?P<kind>{_KINDS})/?$", accept.accept_customerio, name="accept-customerio"),
    path("v1/projects/<str:key>/settings", asking.segment_settings, name="accept-settings"),
    path("v1/customerio/v1/projects/<str:key>/settings", asking.customerio_settings, name="accept-customerio-settings"),
    re_path(r"^sourceConfig/?$", asking.rudder_settings, name="accept-source-config"),
    path("array/<slug:key>/config", asking.posthog_config, {"as_script": False}, name="accept-config"),
    path("array/<slug:key>/config.js", asking.posthog_config, {"as_script": True}, name="accept-config-script"),
    # `batch/` and `batch` are two addresses; at the end of any other a slash says nothing.
    re_path(rf"^(?P<address>{'|'.join(dialects.DOORS)})/?$", dialects.accept_dialect, name="accept-dialect"),
    re_path(r"^flags/?$", asking.flags, name="accept-flags"),
    re_path(r"^decide/?$", asking.flags, name="accept-decide"),
]
organisation_urls: list[URLPattern] = [
    path("data/", data.imports, name="imports"),
    path("data/imports/<uuid:import_id>/", data.one_import, name="import"),
    path("data/imports/<uuid:import_id>/progress/", data.import_progress, name="import-progress"),
    path("data/imports/<uuid:import_id>/mapping/", deciding.mapping, name="import-mapping"),
    path("data/imports/<uuid:import_id>/begin/", deciding.import_begin, name="import-begin"),
    path("data/imports/<uuid:import_id>/cancel/", deciding.import_cancel, name="import-cancel"),
    path("data/imports/<uuid:import_id>/undo/", deciding.import_undo, name="import-undo"),
    path("data/mappings/<uuid:mapping_id>/delete/", deciding.mapping_delete, name="mapping-delete"),
    path("data/imports/<uuid:import_id>/rejected.csv", data.import_rejected, name="import-rejected"),
    path("data/failed/retry/", failed.failed_retry, name="failed-retry"),
    path("data/rejected/", quarantine.rejected, name="rejected"),
    path("data/rejected/rows/<uuid:row_id>/", quarantine.rejected_row, name="rejected-row"),
    path("data/rejected/<str:code>/", quarantine.rejected_group, name="rejected-group"),
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
    path("organisations/<slug:slug>/rejected/", api_quarantine.Rejected.as_view(), name="api-rejected"),
    path(
        "organisations/<slug:slug>/rejected/<str:code>/replay/",
        api_quarantine.RejectedReplay.as_view(),
        name="api-rejected-replay",
    ),
    path(
        "organisations/<slug:slug>/rejected/<str:code>/discard/",
        api_quarantine.RejectedDiscard.as_view(),
        name="api-rejected-discard",
    ),
    path("organisations/<slug:slug>/imports/", api_imports.Imports.as_view(), name="api-imports"),
    path("organisations/<slug:slug>/imports/<uuid:import_id>/", api_imports.OneImport.as_view(), name="api-import"),
    path(
        "organisations/<slug:slug>/imports/<uuid:import_id>/start/",
        api_imports.ImportStart.as_view(),
        name="api-import-start",
    ),
    path(
        "organisations/<slug:slug>/imports/<uuid:import_id>/cancel/",
        api_imports.ImportCancel.as_view(),
        name="api-import-cancel",
    ),
    path(
        "organisations/<slug:slug>/imports/<uuid:import_id>/undo/",
        api_imports.ImportUndo.as_view(),
        name="api-import-undo",
    ),
    path("organisations/<slug:slug>/mappings/", api_imports.Mappings.as_view(), name="api-mappings"),
    path("organisations/<slug:slug>/mappings/<uuid:mapping_id>/", api_imports.OneMapping.as_view(), name="api-mapping"),
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
