"""Under which heading the API's document lists an operation: that of the step its view belongs to."""

from __future__ import annotations

from drf_spectacular.openapi import AutoSchema

from engagement.api_settings import HEADINGS


class StepSchema(AutoSchema):
    """Names operations as its parent does, and sorts them by step."""

    def get_tags(self) -> list[str]:
        """The one heading of the view's step; raises KeyError for a step without one, so that none is forgotten."""
        return [HEADINGS[self.view.__class__.__module__.removeprefix("engagement.").partition(".")[0]][0]]
