"""Files as `engagement.look.files` writes them: steps beside the scorecards write theirs the same way."""

from __future__ import annotations

from engagement.look.files import csv_lines, csv_response, csv_stream, in_english

__all__ = ["csv_lines", "csv_response", "csv_stream", "in_english"]
