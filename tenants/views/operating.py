"""Operators' pages: the one way to an organisation for somebody who is no member of it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from tenants import services
from tenants.access import operator_view
from tenants.actor import SignedInRequest
from tenants.forms import sent
from tenants.operator_forms import OperateForm
from tenants.permissions import Permission


@operator_view(Permission.OPERATE)
@require_http_methods(["GET", "HEAD", "POST"])
def operate(request: SignedInRequest) -> HttpResponse:
    """Whom to act for, why, as what and for how long; the record of that organisation says so from then on."""
    form = OperateForm(sent(request))
    if form.is_bound and form.succeeded(
        lambda: services.begin_operating(operator=request.user, errand=form.errand(), now=timezone.now())
    ):
        messages.success(request, _("You act for this organisation now. Everything you do is on its record."))
        return redirect("scorecard", form.cleaned_data["slug"])
    return render(request, "tenants/operate.html", {"form": form})


@operator_view(Permission.OPERATE)
@require_POST
def operate_end(request: SignedInRequest, grant_id: UUID) -> HttpResponse:
    """The button in the banner: the visit is over at once."""
    services.end_operating(operator=request.user, grant_id=grant_id, now=timezone.now())
    messages.success(request, _("The visit is over. You reach nothing of that organisation any more."))
    return redirect("operate")
