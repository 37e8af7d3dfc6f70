"""A document without figures, for tests that are about something else."""

from __future__ import annotations

from typing import Any


def empty_document(headline: str, **changes: Any) -> dict[str, Any]:
    """All that a page, a PDF and a file read, with nothing in it."""
    return {
        "format": "rapport-report/1", "language": "en", "report": 1, "version": 1, "organisation": headline,
        "about": "All customers", "headline": headline, "lead": headline, "published": "2 Mar 2026, 09:00",
        "published_at": "2026-03-02T09:00:00+00:00", "sections": [],
        "period": {
            "by": "month", "first_day": "2026-02-01", "last_day": "2026-02-28", "name": "February 2026",
            "days": "1–28 Feb 2026",
        },
        "branding": {"made_by": "", "colour": "", "logo": ""},
        "labels": {
            "kind": "Engagement review", "hash": "SHA-256", "page": "Page", "version": "Version", "of": "of",
            "behaviour": "",
        },
        "basis": {
            "segment_key": "all", "segment_definition": None, "run": 1, "as_of": "2026-02-28", "weight_set": 1,
            "window_days": 90, "code_version": "1", "watermark": "2026-03-01T00:00:00+00:00", "n": 0,
            "score_millionths_sum": "0", "score": None, "score_text": "–", "previous_as_of": None,
        },
        **changes,
    }  # fmt: skip
