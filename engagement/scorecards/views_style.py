"""The living style page: tokens, contrast and every component. On a developer's machine and in the demo only."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from engagement.look.contrast import figures, tokens
from engagement.look.specimens import CONFIRM, specimens
from tenants.access import public_view


@public_view
@require_safe
def style(request: HttpRequest) -> HttpResponse:
    """How pages look; with ?page=confirm the page that asks before something that cannot be taken back."""
    if not (settings.DEBUG or settings.DEMO):
        raise Http404
    if request.GET.get("page") == "confirm":
        return render(request, "components/confirm_page.html", {"confirm": CONFIRM})
    css = Path(str(finders.find("theme.css"))).read_text(encoding="utf-8")
    context = {"tokens": tokens(css), "pairs": figures(css), "specimens": specimens(request)}
    return render(request, "look/style.html", context)
