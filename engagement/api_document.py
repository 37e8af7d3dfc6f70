"""The description of the API, made once in a process: it takes a third of a second, and anybody may ask for it."""

from __future__ import annotations

from functools import cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularAPIView


@cache
def _document() -> dict[str, Any]:
    """The same for everybody, whatever was asked: SERVE_PUBLIC says so."""
    return dict(SchemaGenerator().get_schema(request=None, public=True))  # type: ignore[no-untyped-call]


class KnownDocument(SchemaGenerator):
    def get_schema(self, request: Any = None, public: bool = False) -> dict[str, Any]:
        return _document()


class APIDocument(SpectacularAPIView):
    generator_class = KnownDocument
