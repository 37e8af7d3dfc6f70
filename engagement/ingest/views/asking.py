"""What libraries ask for before they send, or beside it: where to send to, and what else there is, which is nothing.

Every answer is the same for everybody. A key that was sent is said again and never looked up, so nothing tells whether
it is one.
"""

from __future__ import annotations

import json
from typing import Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from engagement.ingest.views.accept import shared
from tenants.access import public_view
from tenants.links import public_url

_METHODS: Final = "GET, POST, OPTIONS"
_POSTHOG: Final = {
    "supportedCompression": ["gzip", "gzip-js"],
    "hasFeatureFlags": False,
    "sessionRecording": False,
    "surveys": False,
    "heatmaps": False,
    "capturePerformance": False,
    "captureDeadClicks": False,
    "autocaptureExceptions": False,
    "siteApps": [],
}
"""What a project of PostHog's would switch on: nothing. What the page itself asks for stays as it is."""


@public_view
@csrf_exempt
def segment_settings(request: HttpRequest, key: str) -> HttpResponse:
    """What Segment's library for browsers asks for before it sends: where to send to."""
    return shared(request, _one_integration("Segment.io", key=key, path="/v1"), methods=_METHODS)


@public_view
@csrf_exempt
def customerio_settings(request: HttpRequest, key: str) -> HttpResponse:
    """The same of Customer.io's, which was made from it; told of two integrations, either would fetch code for more."""
    answer = _one_integration("Customer.io Data Pipelines", key=key, path="/v1/customerio")
    return shared(request, answer, methods=_METHODS)


def _one_integration(name: str, *, key: str, path: str) -> JsonResponse:
    scheme, _, host = public_url(path).partition("://")
    told = {"apiKey": key, "apiHost": host, "protocol": scheme}
    # Without a rate of 0 it would tell its maker how it fares.
    return JsonResponse({"integrations": {name: told}, "metrics": {"sampleRate": 0}})


@public_view
@csrf_exempt
def rudder_settings(request: HttpRequest) -> HttpResponse:
    """What RudderStack's library for browsers asks for before it sends: a source that leads nowhere else."""
    off = {"enabled": False}
    source = {
        "id": "rapport",
        "name": "Rapport",
        "enabled": True,
        "config": {"statsCollection": {"errors": off, "metrics": off}},
        "destinations": [],
    }
    return shared(request, JsonResponse({"source": source}), methods=_METHODS)


@public_view
@csrf_exempt
def posthog_config(request: HttpRequest, key: str, as_script: bool) -> HttpResponse:
    """What PostHog's library for browsers asks for first, as a script where one is asked for, else as JSON."""
    if not as_script:
        return shared(request, JsonResponse({"token": key, **_POSTHOG}), methods=_METHODS, with_cookies=True)
    name = json.dumps(key)  # of letters, digits, _ and - alone: the address takes no other
    config = json.dumps({"config": {"token": key, **_POSTHOG}, "siteApps": []})
    text = f"(window._POSTHOG_REMOTE_CONFIG = window._POSTHOG_REMOTE_CONFIG || {{}})[{name}] = {config};\n"
    answer = HttpResponse(text, content_type="text/javascript; charset=utf-8")
    return shared(request, answer, methods=_METHODS, with_cookies=True)


@public_view
@csrf_exempt
def flags(request: HttpRequest) -> HttpResponse:
    """What PostHog's libraries ask for beside sending: there are no flags here, so they get an empty set."""
    body = {
        "flags": {},
        "featureFlags": {},
        "featureFlagPayloads": {},
        "errorsWhileComputingFlags": False,
        **_POSTHOG,
    }
    return shared(request, JsonResponse(body), methods=_METHODS, with_cookies=True)
