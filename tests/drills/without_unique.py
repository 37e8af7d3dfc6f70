"""The worker without what minds the unique key: the drill's own control, and nothing else, starts it."""

from __future__ import annotations

import django

django.setup()

from engagement.celery import app  # noqa: E402
from engagement.ingest import queries  # noqa: E402

_MINDING = "ON CONFLICT (organisation_id, day, message_id) DO NOTHING"
_text = queries.statement("store_events")
assert _MINDING in _text, "no statement minds the key any more: this control takes nothing away"
queries.STATEMENTS.texts["store_events"] = _text.replace(_MINDING, "")

__all__ = ["app"]
