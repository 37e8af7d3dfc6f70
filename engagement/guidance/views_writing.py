"""Pages on which an organisation writes its own entries, and a firm those of all its clients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from engagement.errors import NotFoundError
from engagement.guidance import services
from engagement.guidance.forms import EntryForm
from engagement.guidance.markdown import html_of
from engagement.guidance.models import EntryVersion
from engagement.guidance.present import version_rows
from engagement.guidance.selectors import entries_of, entry_named, firms_entries, own_versions, version_named
from engagement.guidance.texts import files
from engagement.guidance.types import Entry, EntryWords, Version
from engagement.insights.views import client_of
from engagement.look.components import Confirm
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.forms import sent
from tenants.models import Organisation
from tenants.permissions import Permission

_LONGEST_NUMBER = 6
Keep = Callable[[EntryWords, int], EntryVersion]


def _firm_of(request: OrganisationRequest) -> Organisation:
    """The firm of the address; raises NotFoundError in a client."""
    if not request.reach.is_firm:
        raise NotFoundError
    return request.organisation


def _language(request: OrganisationRequest) -> str:
    """The language that is written in: the one asked for, else the reader's."""
    asked = request.POST.get("language") or request.GET.get("language", "")
    return asked if asked in files.LANGUAGES else files.language_read()


def _words_again(request: OrganisationRequest, versions: tuple[Version, ...], key: str) -> dict[str, str]:
    """Question and text of an earlier version that is to be taken up again: ?version=2."""
    asked = request.GET.get("version", "")
    if not asked.isdecimal() or len(asked) > _LONGEST_NUMBER or not versions:
        return {}
    found = version_named(
        organisation=request.organisation, key=key, language=versions[0].language, number=int(asked)
    )  # fmt: skip
    return {"question": found.question, "text": found.text}


def _written(request: OrganisationRequest, form: EntryForm, *, keep: Keep, key: str = "") -> bool:
    """Whether something was kept: not where only a preview was asked for, nor where the service refuses."""
    if not form.is_bound or form.previewed:
        return False
    return form.succeeded(lambda: keep(form.words(key=key), form.cleaned_data["based_on"]))


def _page(request: OrganisationRequest, form: EntryForm, **context: Any) -> HttpResponse:
    preview = html_of(form.previewed) if form.previewed else ""
    context |= {"form": form, "preview": preview, "is_firm": request.reach.is_firm}
    return render(request, "guidance/entry_form.html", context)


def _form(request: OrganisationRequest, entry: Entry, versions: tuple[Version, ...]) -> EntryForm:
    last = versions[0].number if versions else 0
    return EntryForm.of(
        sent(request), entry=entry, based_on=last, words=_words_again(request, versions, entry.key)
    )  # fmt: skip


def _edited(request: OrganisationRequest, *, entry: Entry, keep: Keep, back: str) -> HttpResponseBase:
    """The form of an entry that there is, with all versions of it."""
    organisation, key = request.organisation, entry.key
    versions = own_versions(organisation=organisation, key=key, language=entry.language)
    form = _form(request, entry, versions)
    if _written(request, form, keep=keep, key=key):
        messages.success(request, _("The entry is kept as version {number}.").format(number=form.outcome.number))
        return redirect(back)
    rows = version_rows(versions=versions, organisation=organisation)
    is_own = bool(versions) and not versions[0].is_withdrawn
    return _page(request, form, entry=entry, versions=rows, is_own=is_own, back=back)


def _begun(request: OrganisationRequest, *, keep: Keep, back: str) -> HttpResponseBase:
    """The form of an entry that there is not yet."""
    form = EntryForm.new(sent(request))
    if _written(request, form, keep=keep):
        messages.success(request, _("The entry stands here, and is found."))
        return redirect(back)
    return _page(request, form, back=back)


def _asked_first(question: str, consequence: str, *, back: str) -> Confirm:
    button, no = _("Take your words back"), _("Keep them")
    return Confirm(question=question, consequence=consequence, button=button, back=no, back_url=back)


def _own(organisation: Organisation, key: str, language: str) -> Version:
    """The organisation's own words that hold; raises NotFoundError where it has none."""
    versions = own_versions(organisation=organisation, key=key, language=language)
    if not versions or versions[0].is_withdrawn:
        raise NotFoundError(_("There is no such entry."))
    return versions[0]


# ── a client's own ───────────────────────────────────────────────────────────────────────────────────────────


def _keep(request: OrganisationRequest) -> Keep:
    return lambda words, based_on: services.keep_entry(
        organisation=request.organisation, words=words, based_on=based_on, user=request.actor.user, now=timezone.now()
    )


@organisation_view(get=Permission.ANSWER, post=Permission.ANSWER)
def entry_new(request: OrganisationRequest) -> HttpResponseBase:
    """Add a question with its answer."""
    return _begun(request, keep=_keep(request), back=reverse("guidance", args=[client_of(request).slug]))


@organisation_view(get=Permission.ANSWER, post=Permission.ANSWER)
def entry_edit(request: OrganisationRequest, key: str) -> HttpResponseBase:
    """Say it otherwise: one of ours or the firm's is overridden, an own one gets a new version."""
    organisation = client_of(request)
    found = entry_named(organisation=organisation, key=key, language=_language(request))
    back = reverse("guidance-entry", args=[organisation.slug, key])
    return _edited(request, entry=found, keep=_keep(request), back=back)


@organisation_view(get=Permission.ANSWER, post=Permission.ANSWER)
def entry_withdraw(request: OrganisationRequest, key: str) -> HttpResponseBase:
    """Asks first, then puts back what stood there before the organisation's own words."""
    organisation, language = client_of(request), _language(request)
    own, back = _own(organisation, key, language), reverse("guidance", args=[organisation.slug])
    if request.method != "POST":
        return render(request, "components/confirm_page.html", {"confirm": _confirm(own, back)})
    services.withdraw_entry(
        organisation=organisation, key=key, language=language, based_on=own.number, user=request.actor.user,
        now=timezone.now(),
    )  # fmt: skip
    messages.success(request, _("Your words are gone from the page; all versions are kept."))
    return redirect(back)


def _confirm(own: Version, back: str) -> Confirm:
    said = _("What stood there before holds again, for everybody who reads here. All versions are kept.")
    return _asked_first(_("Take back “{question}”?").format(question=own.question), said, back=back)


# ── a firm's, for all its clients ────────────────────────────────────────────────────────────────────────────


def _keep_for_all(request: OrganisationRequest) -> Keep:
    return lambda words, based_on: services.keep_firms_entry(
        actor=request.actor, firm=request.organisation, words=words, based_on=based_on, user=request.actor.user,
        now=timezone.now(),
    )  # fmt: skip


@organisation_view(get=Permission.APPLY_TEMPLATES)
def firm_guidance(request: OrganisationRequest) -> HttpResponse:
    """What the firm says to all its clients, and our entries that it may say otherwise."""
    firm = _firm_of(request)
    ours = entries_of(organisation=firm, language=files.language_read())
    return render(request, "guidance/firm.html", {"entries": firms_entries(firm=firm), "ours": ours})


@organisation_view(get=Permission.EDIT_TEMPLATES, post=Permission.EDIT_TEMPLATES)
def firm_entry_new(request: OrganisationRequest) -> HttpResponseBase:
    """Add an entry for all clients."""
    back = reverse("firm-guidance", args=[_firm_of(request).slug])
    return _begun(request, keep=_keep_for_all(request), back=back)


@organisation_view(get=Permission.EDIT_TEMPLATES, post=Permission.EDIT_TEMPLATES)
def firm_entry_edit(request: OrganisationRequest, key: str) -> HttpResponseBase:
    """Say one of ours otherwise to all clients, or change one of the firm's."""
    firm = _firm_of(request)
    found = entry_named(organisation=firm, key=key, language=_language(request))
    back = reverse("firm-guidance", args=[firm.slug])
    return _edited(request, entry=found, keep=_keep_for_all(request), back=back)


@organisation_view(get=Permission.EDIT_TEMPLATES, post=Permission.EDIT_TEMPLATES)
def firm_entry_withdraw(request: OrganisationRequest, key: str) -> HttpResponseBase:
    """Asks first, then takes the firm's words back at all clients."""
    firm, language = _firm_of(request), _language(request)
    own, back = _own(firm, key, language), reverse("firm-guidance", args=[firm.slug])
    if request.method != "POST":
        return render(request, "components/confirm_page.html", {"confirm": _confirm_for_all(own, back)})
    services.withdraw_firms_entry(
        actor=request.actor, firm=firm, key=key, language=language, based_on=own.number, user=request.actor.user,
        now=timezone.now(),
    )  # fmt: skip
    messages.success(request, _("Your words are gone from your clients’ pages; all versions are kept."))
    return redirect(back)


def _confirm_for_all(own: Version, back: str) -> Confirm:
    said = _("It goes from the pages of every client, unless they say it in words of their own. All versions are kept.")
    return _asked_first(_("Take back “{question}”?").format(question=own.question), said, back=back)
