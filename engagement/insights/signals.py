"""What others may count of this step's work."""

from __future__ import annotations

from django.dispatch import Signal

# An attempt at a requested scoring has ended and is written down. Arguments: outcome ("published", "failed": for good,
# "again": it waits for another attempt).
request_ended = Signal()
