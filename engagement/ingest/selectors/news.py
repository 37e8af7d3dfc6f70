"""Whether anything came in, or was taken out, since a moment: a few rows of what keeps requests and files."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q

from engagement.ingest.models import FileImport, ImportState, IngestBatch, WorkState
from tenants.models import Organisation

_LONGEST_WAIT: Final = timedelta(days=1)  # what waited longer for a worker is not found here
_LONGEST_COMMIT: Final = timedelta(minutes=1)  # it says when it was done before others see it


def has_news(*, organisation: Organisation, since: datetime) -> bool:
    """Whether a request stored something since then, or a file was read or taken out again, or is at this moment."""
    since -= _LONGEST_COMMIT
    requests = IngestBatch.objects.filter(
        organisation=organisation,
        received_at__gte=since - _LONGEST_WAIT,
        state=WorkState.DONE,
        stored__gt=0,
        finished_at__gte=since,
    )
    files = FileImport.objects.filter(
        Q(state=ImportState.WAITING) | Q(finished_at__gte=since) | Q(undone_at__gte=since),
        organisation=organisation,
    )
    return requests.exists() or files.exists()
