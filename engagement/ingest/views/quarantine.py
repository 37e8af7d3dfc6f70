"""Pages of the quarantine: what could not be used by reason, one reason, one message; put right, sent again, let go."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engagement.errors import InvalidInputError
from engagement.ingest import services
from engagement.ingest.forms_quarantine import AmongForm, DiscardForm, FixForm, MessageForm, ReplayForm
from engagement.ingest.selectors import quarantine
from engagement.ingest.services.quarantine import Replayed
from engagement.look.locales import spoken
from engagement.look.numbers import count_text
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest
from tenants.permissions import Permission


@organisation_view(get=Permission.IMPORT_DATA)
def rejected(request: OrganisationRequest) -> HttpResponse:
    """What could not be used, by reason."""
    form = _asked(request)
    found = quarantine.groups(**_who(request), among=form.among(), now=timezone.now())
    totals = {name: sum(getattr(one, name) for one in found) for name in ("waiting", "replayed", "discarded")}
    return render(request, "ingest/rejected.html", {"groups": found, "form": form, "totals": totals})


@organisation_view(get=Permission.IMPORT_DATA, post=Permission.IMPORT_DATA)
def rejected_group(request: OrganisationRequest, code: str) -> HttpResponse:
    """One reason with its rows. GET with a change shows the first messages before and after; POST makes it."""
    wants_discard = "what" in request.POST and request.POST["what"] == "discard"
    discard = DiscardForm(request.POST if wants_discard else None)
    is_replay = request.method == "POST" and not wants_discard
    fix = ReplayForm(request.POST) if is_replay else FixForm(request.GET if "fix" in request.GET else None)
    act = (lambda: _discard(request, code)) if wants_discard else (lambda: _replay(request, code, fix))
    if request.method == "POST" and (discard if wants_discard else fix).succeeded(act):
        return redirect("rejected-group", request.organisation.slug, code)
    return render(request, "ingest/rejected_group.html", _group_context(request, code, fix=fix, discard=discard))


@organisation_view(get=Permission.IMPORT_DATA, post=Permission.IMPORT_DATA)
def rejected_row(request: OrganisationRequest, row_id: UUID) -> HttpResponse:
    """One message as it came: written anew and sent again, or discarded."""
    row = quarantine.get_row(**_who(request), row_id=row_id)
    wants_discard = "what" in request.POST and request.POST["what"] == "discard"
    initial = {"message": quarantine.editable(row)}
    form = MessageForm(request.POST if request.method == "POST" and not wants_discard else None, initial=initial)
    discard = DiscardForm(request.POST if wants_discard else None)
    act = (lambda: _discard_one(request, row)) if wants_discard else (lambda: _replay_one(request, row, form))
    if request.method == "POST" and (discard if wants_discard else form).succeeded(act):
        return redirect("rejected-row", request.organisation.slug, row.id)
    return render(request, "ingest/rejected_row.html", {"row": row, "form": form, "discard": discard})


def _asked(request: OrganisationRequest) -> AmongForm:
    return AmongForm(request.GET, sources=quarantine.source_choices(**_who(request)))


def _who(request: OrganisationRequest) -> dict[str, Any]:
    return {"organisation": request.organisation, "reach": request.reach}


def _group_context(request: OrganisationRequest, code: str, *, fix: FixForm, discard: DiscardForm) -> dict[str, Any]:
    now, asked = timezone.now(), _asked(request)
    said: dict[str, Any] = {"organisation": request.organisation, "code": code, "now": now}
    group = quarantine.get_group(among=asked.among(), reach=request.reach, **said)
    rows, page = quarantine.rows_of(among=asked.among(), reach=request.reach, page=request.GET.get("page", "1"), **said)
    preview: quarantine.Preview | None = None
    if "fix" in request.GET and request.method == "GET" and fix.is_valid():
        try:
            preview = quarantine.preview(fix=fix.fix_asked(), **said)
        except InvalidInputError as error:
            fix.refuse(error)
    context = {"group": group, "rows": rows, "page": page, "among": asked, "fix": fix, "discard": discard}
    return {**context, "preview": preview, "at_once": services.REPLAYED_AT_ONCE}


def _replay(request: OrganisationRequest, code: str, form: FixForm) -> None:
    done: Replayed = services.replay_group(
        organisation=request.organisation, code=code, fix=form.fix_asked(), now=timezone.now(), user=request.user,
        expected=form.cleaned_data.get("expected"),
    )  # fmt: skip
    said = ngettext("{n} message or row is sent again.", "{n} messages and rows are sent again.", done.rows)
    messages.success(request, said.format(n=_count(done.rows)))
    if done.left:
        said = ngettext(
            "The change does not fit {n} of them: it waits.", "{n} wait: the change does not fit.", done.left
        )
        messages.info(request, said.format(n=_count(done.left)))


def _replay_one(request: OrganisationRequest, row: quarantine.Row, form: MessageForm) -> None:
    services.replay_one(
        organisation=request.organisation, row_id=row.id, message=form.cleaned_data["message"], now=timezone.now()
    )
    messages.success(request, _("It is sent again. What comes of it stands here in a moment."))


def _discard(request: OrganisationRequest, code: str) -> None:
    n = services.discard_rejected(organisation=request.organisation, code=code, now=timezone.now())
    messages.success(request, ngettext("{n} is discarded.", "{n} are discarded.", n).format(n=_count(n)))


def _discard_one(request: OrganisationRequest, row: quarantine.Row) -> None:
    services.discard_rejected_row(organisation=request.organisation, row_id=row.id, now=timezone.now())
    messages.success(request, _("It is discarded."))


def _count(n: int) -> str:
    return count_text(n, locale=spoken())
