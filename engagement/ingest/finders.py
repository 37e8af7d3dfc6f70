"""What this step's entries of the record are about: files, write keys, customers."""

from __future__ import annotations

from collections.abc import Mapping

from django.urls import reverse

from engagement.ingest.models import Customer, FileImport, RejectedEvent, SavedMapping, WriteKey
from tenants.permissions import Permission
from tenants.record.objects import Found, Ids, knows, numbers, uuids


def _imports(slug: str, ids: Ids) -> Mapping[str, Found]:
    rows = FileImport.objects.filter(pk__in=uuids(ids)).values_list("pk", "file_name")
    return {str(key): Found(name, reverse("import", args=[slug, key])) for key, name in rows}


def _mappings(slug: str, ids: Ids) -> Mapping[str, Found]:
    rows = SavedMapping.objects.filter(pk__in=uuids(ids)).values_list("pk", "name")
    return {str(key): Found(name, reverse("imports", args=[slug])) for key, name in rows}


def _write_keys(slug: str, ids: Ids) -> Mapping[str, Found]:
    rows = WriteKey.objects.filter(pk__in=uuids(ids)).values_list("pk", "name")
    return {str(key): Found(name, reverse("write-keys", args=[slug])) for key, name in rows}


def _customers(slug: str, ids: Ids) -> Mapping[str, Found]:
    """By number, which is no name: whoever may read it on their page goes there."""
    rows = Customer.objects.filter(number__in=numbers(ids)).values_list("number", flat=True)
    return {str(number): Found(str(number), reverse("customer", args=[slug, number])) for number in rows}


def _rejected(slug: str, ids: Ids) -> Mapping[str, Found]:
    """By reason: the code is all there is to say of it."""
    codes = RejectedEvent.objects.filter(code__in=list(ids)).values_list("code", flat=True).distinct()
    return {code: Found(code, reverse("rejected-group", args=[slug, code])) for code in codes}


def connect() -> None:
    knows("rejected_rows", _rejected, page=Permission.IMPORT_DATA)
    knows("import", _imports, page=Permission.IMPORT_DATA)
    knows("mapping", _mappings, page=Permission.IMPORT_DATA)
    knows("write_key", _write_keys, page=Permission.MANAGE_WRITE_KEYS)
    knows("customer", _customers)
