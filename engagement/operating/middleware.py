"""Counts requests by route, method and status, with django-prometheus' own metrics."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django_prometheus.middleware import PrometheusAfterMiddleware

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "TRACE", "OPTIONS", "CONNECT", "PATCH"})


class CountingMiddleware(PrometheusAfterMiddleware):  # type: ignore[misc]  # it has no types
    """Methods that do not exist share one label: otherwise whoever invents them fills the memory."""

    def label_metric(
        self, metric: Any, request: HttpRequest, response: HttpResponseBase | None = None, **labels: Any
    ) -> Any:
        if labels.get("method") not in {*_METHODS, None}:
            labels["method"] = "<invalid method>"
        return super().label_metric(metric, request, response, **labels)
