"""One's own account: name, address, password, sessions, API tokens."""

from __future__ import annotations

from allauth.account.views import ConfirmEmailView, EmailView, PasswordChangeView, PasswordSetView
from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from tenants import selectors_accounts, selectors_tokens, services
from tenants.access import public_view, signed_in_view
from tenants.accounts.events import end_other_sessions
from tenants.actor import SignedInRequest
from tenants.forms import LanguageForm, NameForm, ServiceForm, WeeklyMailForm, sent
from tenants.services.digests import wants_weekly_mail

_page = require_http_methods(["GET", "HEAD", "POST"])

address = signed_in_view(never_cache(EmailView.as_view()))
address_confirm = public_view(never_cache(ConfirmEmailView.as_view()))
password_change = signed_in_view(never_cache(PasswordChangeView.as_view()))
password_set = signed_in_view(never_cache(PasswordSetView.as_view()))


def _account(request: SignedInRequest, **forms: ServiceForm) -> HttpResponse:
    context: dict[str, object] = {
        "name_form": NameForm(initial={"name": request.user.name}),
        "weekly_mail_form": WeeklyMailForm(
            initial={"wanted": wants_weekly_mail(user=request.user, reaches=request.actor.reaches)}
        ),
        "language_form": LanguageForm(initial={"language": get_language()}),
        "has_password": request.user.has_usable_password(),
        "has_second_factor": is_mfa_enabled(request.user),
        "tokens": selectors_tokens.tokens(user=request.user, now=timezone.now()),
        **forms,
    }
    return render(request, "tenants/account.html", context)


@signed_in_view
@_page
def account(request: SignedInRequest) -> HttpResponse:
    """Name, ways to sign in, API tokens; posting here changes the name."""
    form = NameForm(sent(request))
    if form.is_bound and form.succeeded(
        lambda: services.change_name(user=request.user, name=form.cleaned_data["name"])
    ):
        messages.success(request, _("Your name is changed."))
        return redirect("account")
    return _account(request, **({"name_form": form} if form.is_bound else {}))


@signed_in_view
@never_cache
@_page
def sessions(request: SignedInRequest) -> HttpResponse:
    """Where one is signed in; posting here ends every session but this one."""
    if request.method == "POST":
        end_other_sessions(request, request.user)
        messages.success(request, _("You are signed out everywhere else."))
        return redirect("sessions")
    lines = selectors_accounts.sessions(user=request.user, session_key=request.session.session_key)
    return render(request, "tenants/sessions.html", {"sessions": lines})


@signed_in_view
@require_POST
def session_end(request: SignedInRequest, session_id: int) -> HttpResponse:
    """Ends one session of one's own; signing in again undoes it, so nothing is asked first."""
    services.end_session(user=request.user, session_id=session_id)
    messages.success(request, _("That session has ended."))
    return redirect("sessions")
