"""What others may count of this step's work."""

from __future__ import annotations

from django.dispatch import Signal

# An attempt at a requested scoring has ended and is written down. Arguments: outcome ("published", "failed": for good,
# "again": it waits for another attempt), organisation_id where a run was published.
request_ended = Signal()
