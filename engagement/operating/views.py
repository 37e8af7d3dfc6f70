"""/metrics: for a Prometheus server that has the token, and not there at all where none is set."""

from __future__ import annotations

import hmac

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from engagement.errors import UnauthenticatedError
from engagement.operating.metrics import CONTENT_TYPE, exposition
from tenants.access import public_view


@public_view
@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Numbers about the whole; the token is compared in a time that does not depend on where it differs."""
    if not settings.METRICS_TOKEN:
        raise Http404
    given = request.headers.get("Authorization", "").encode()
    if not hmac.compare_digest(given, b"Bearer " + settings.METRICS_TOKEN.encode()):
        raise UnauthenticatedError("Send the token of METRICS_TOKEN: Authorization: Bearer ….")
    return HttpResponse(exposition(root=settings.METRICS_ROOT), content_type=CONTENT_TYPE)
