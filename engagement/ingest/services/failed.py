"""Requests that failed are worked at once more, when somebody says so: what was wrong with us may be mended."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext as _

from engagement.errors import ConflictError
from engagement.ingest.models import IngestBatch, WorkState
from tenants.audit import audit_append
from tenants.models import Organisation
from tenants.wake import wake

_WOKEN: Final = 1_000  # the sweeper finds the others


def retry_failed(*, organisation: Organisation) -> int:
    """Let every failed request of the organisation wait for a worker again; returns how many.

    Raises ConflictError when none has failed. Each event is stored once, however often this is called.
    """
    failed = IngestBatch.objects.filter(organisation=organisation, state=WorkState.FAILED)
    ids = list(failed.select_for_update().order_by("received_at").values_list("pk", flat=True))
    if not ids:
        raise ConflictError(_("No request has failed: there is nothing to try again."))
    failed.filter(pk__in=ids).update(
        state=WorkState.WAITING, attempts=0, failures=0, lease_until=None, finished_at=None
    )
    audit_append(
        act="requests.retried", object_kind="organisation", object_id=organisation.pk, new={"requests": len(ids)}
    )
    for row_id in ids[:_WOKEN]:
        wake("ingest.batch", organisation.pk, row_id)
    return len(ids)
