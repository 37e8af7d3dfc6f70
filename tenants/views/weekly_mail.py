"""The weekly mail: wanting it or not, on the account page and by the link in each mail."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from engagement.errors import NotFoundError
from tenants.access import public_view, signed_in_view
from tenants.accounts.links import opened_weekly_mail
from tenants.actor import SignedInRequest
from tenants.forms import WeeklyMailForm
from tenants.models import User
from tenants.pages import error_page
from tenants.services.digests import choose_weekly_mail


@signed_in_view
@require_http_methods(["GET", "HEAD", "POST"])
def weekly_mail(request: SignedInRequest) -> HttpResponse:
    """Whether one wants the mail, asked on the account page; an empty box says no."""
    if request.method != "POST":
        return redirect("account")
    form = WeeklyMailForm(request.POST)
    wanted = form.is_valid() and form.cleaned_data["wanted"]
    choose_weekly_mail(user_id=request.user.pk, wanted=wanted)
    messages.success(request, _("The weekly mail comes on Mondays.") if wanted else _("The weekly mail is off."))
    return redirect("account")


@csrf_exempt  # a mail program posts here by itself (RFC 8058): the signed link says whose mails stop, and no cookie
@public_view
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def weekly_mail_stop(request: HttpRequest, token: str) -> HttpResponse:
    """What the link in a mail opens: asks, and stops the mails when it is said again; following it alone stops none."""
    user_id: UUID | None = opened_weekly_mail(token)
    if user_id is None or not User.objects.filter(pk=user_id).exists():
        return error_page(request, NotFoundError())
    if request.method == "POST":
        choose_weekly_mail(user_id=user_id, wanted=False)
    return render(request, "account/weekly_mail_stop.html", {"is_off": request.method == "POST"})
