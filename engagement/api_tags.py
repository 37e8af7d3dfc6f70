"""How the API's document reads: each operation under the heading of its step, with the other answers it may meet."""

from __future__ import annotations

from typing import Any, Literal

from drf_spectacular.openapi import AutoSchema

from engagement.api_settings import HEADINGS, REFUSALS, UNCHANGED


class StepSchema(AutoSchema):
    """Names operations as its parent does, sorts them by step, and says how each may be refused."""

    def get_tags(self) -> list[str]:
        """The one heading of the view's step; raises KeyError for a step without one, so that none is forgotten."""
        return [HEADINGS[self.view.__class__.__module__.removeprefix("engagement.").partition(".")[0]][0]]

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> dict[str, Any]:
        found = super()._get_response_bodies(direction)
        unchanged = {"304": {"$ref": f"#/components/responses/{UNCHANGED[0]}"}} if self.method == "GET" else {}
        return {
            **found,
            **unchanged,
            **{status: {"$ref": f"#/components/responses/{REFUSALS[status][0]}"} for status in self._refusals()},
        }

    def _refusals(self) -> list[str]:
        """The statuses of refusals that a request of this operation can meet."""
        has_body = self.method in {"POST", "PUT", "PATCH"} and self.get_request_serializer() is not None
        met = {
            "400": has_body or bool(self.get_override_parameters()),
            "404": "{" in self.path,
            "409": self.method != "GET",
            "413": has_body,
            "415": has_body,
        }
        return [status for status in REFUSALS if met.get(status, True)]
