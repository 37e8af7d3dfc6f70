"""Pages of a firm about its templates: the list, one of them with the clients that stand on it, a new version."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from engagement.errors import NotFoundError
from engagement.scoring.forms.templates import FromClientForm, TemplateForm, TemplateNameForm
from engagement.scoring.selectors import templates as reads
from engagement.scoring.services import templates as services
from engagement.scoring.services.yardsticks import ask_for_yardstick
from engagement.scoring.templating.compare import State, compare
from engagement.scoring.templating.content import parts
from engagement.scoring.templating.reading import read_content
from engagement.scoring.templating.types import OfferedTemplate
from engagement.scoring.views import template_words as words
from tenants.access import organisation_view
from tenants.actor import OrganisationRequest, Reach
from tenants.forms import press, sent
from tenants.permissions import Permission


@organisation_view(get=Permission.APPLY_TEMPLATES)
def templates(request: OrganisationRequest) -> HttpResponse:
    """Every template of the firm, and how many clients stand on each."""
    firm_id = _firm_id(request)
    used = reads.number_of_clients(actor=request.actor, firm_id=firm_id)
    rows = [(line, used.get(line.id, 0)) for line in reads.templates(firm_id=firm_id)]
    return render(request, "scoring/templates.html", {"rows": rows, "clients": _clients(request)})


@organisation_view(get=Permission.EDIT_TEMPLATES, post=Permission.EDIT_TEMPLATES)
def template_new(request: OrganisationRequest) -> HttpResponse:
    """Keep what a client has as a template."""
    _firm_id(request)
    initial = {"client": request.GET.get("client", ""), "full_points_from": "median"}
    form = TemplateForm(sent(request), clients=_clients(request), initial=initial)
    if form.is_bound and form.succeeded(lambda: _create(request, form)):
        key, left_out = form.outcome
        kept = _("“{name}” is kept as version 1.").format(name=form.cleaned_data["name"])
        messages.success(request, " ".join([kept, *_left_out_words(left_out)]))
        return redirect("template", request.organisation.slug, key)
    return render(request, "scoring/template_new.html", {"form": form, "clients": _clients(request)})


@organisation_view(get=Permission.APPLY_TEMPLATES, post=Permission.EDIT_TEMPLATES)
def template(request: OrganisationRequest, key: str) -> HttpResponse:
    """One template: what it says, its versions, and where each client stands; an admin may rename it."""
    shown = _shown(request, key)
    form = TemplateNameForm(sent(request), initial={"name": shown.name})
    if form.is_bound and form.succeeded(
        lambda: services.rename_template(firm=request.organisation, key=key, name=form.cleaned_data["name"])
    ):
        messages.success(request, _("The new name holds everywhere; what clients stand on keeps the one it had."))
        return redirect("template", request.organisation.slug, key)
    return render(request, "scoring/template.html", _template_page(request, shown, form))


@organisation_view(get=Permission.EDIT_TEMPLATES, post=Permission.EDIT_TEMPLATES)
def template_version_new(request: OrganisationRequest, key: str) -> HttpResponse:
    """The next version, taken over from a client: first what would be different, then the note."""
    newest = reads.template_version(firm_id=_firm_id(request), key=key)
    chosen = request.GET.get("client", "")
    rule = request.GET.get("full_points_from", services.AS_AT_CLIENT)
    initial = {"client": chosen, "full_points_from": rule}
    form = FromClientForm(sent(request), clients=_clients(request), initial=initial)
    if form.is_bound and form.succeeded(lambda: _add_version(request, form, key=key)):
        number, left_out = form.outcome
        kept = _("Version {number} is kept. Clients stay as they are.").format(number=number)
        messages.success(request, " ".join([kept, *_left_out_words(left_out)]))
        return redirect("template", request.organisation.slug, key)
    page = {"form": form, "template": newest, "chosen": chosen, **_differences(request, newest, initial)}
    return render(request, "scoring/template_version_new.html", page)


@organisation_view(post=Permission.RUN_SCORES)
def template_yardstick(request: OrganisationRequest, key: str) -> HttpResponse:
    """Have every client of the firm scored under the newest version; what they have stays as it is."""
    firm_id, now = _firm_id(request), timezone.now()
    press(
        request,
        lambda: ask_for_yardstick(actor=request.actor, firm_id=firm_id, key=key, now=now),
        done=_("Every client is being scored by it. Nothing of theirs changes."),
    )
    page = reverse("portfolio-yardstick", args=[request.organisation.slug])
    return redirect(f"{page}?{urlencode({'template': key})}")


def _firm_id(request: OrganisationRequest) -> int:
    if not request.reach.is_firm:
        raise NotFoundError
    return request.reach.organisation_id


def _clients(request: OrganisationRequest) -> list[Reach]:
    return request.actor.clients_of(request.reach.organisation_id)


def _taken(
    request: OrganisationRequest, *, client: str, full_points_from: str
) -> tuple[dict[str, Any], tuple[str, ...]]:
    found = reads.client_content(actor=request.actor, firm_id=_firm_id(request), slug=client)
    return services.content_for_template(content=found, full_points_from=full_points_from)


def _create(request: OrganisationRequest, form: TemplateForm) -> tuple[str, tuple[str, ...]]:
    data = form.cleaned_data
    content, left_out = _taken(request, client=data["client"], full_points_from=data["full_points_from"])
    key = services.create_template(
        firm=request.organisation,
        name=data["name"],
        content=content,
        note=data["note"],
        user=request.user,
        now=timezone.now(),
    )
    return key, left_out


def _add_version(request: OrganisationRequest, form: FromClientForm, *, key: str) -> tuple[int, tuple[str, ...]]:
    data = form.cleaned_data
    content, left_out = _taken(request, client=data["client"], full_points_from=data["full_points_from"])
    number = services.add_version(
        firm=request.organisation, key=key, content=content, note=data["note"], user=request.user, now=timezone.now()
    )
    return number, left_out


def _left_out_words(left_out: tuple[str, ...]) -> list[str]:
    if not left_out:
        return []
    return [_("Left out, because they list customers: {segments}.").format(segments=", ".join(left_out))]


def _shown(request: OrganisationRequest, key: str) -> OfferedTemplate:
    """The version that the address asks for, the newest by default."""
    wanted = request.GET.get("version", "")
    if wanted and not (wanted.isascii() and wanted.isdigit() and len(wanted) < 10):  # noqa: PLR2004  no column holds more
        raise NotFoundError
    return reads.template_version(firm_id=_firm_id(request), key=key, number=int(wanted) if wanted else None)


def _template_page(request: OrganisationRequest, shown: OfferedTemplate, form: TemplateNameForm) -> dict[str, object]:
    line = reads.template(firm_id=_firm_id(request), key=shown.key)
    states = reads.client_states(actor=request.actor, firm_id=_firm_id(request), line=line)
    return {
        "template": shown,
        "line": line,
        "on_it": [state for state in states if state.applied],
        "others": [state for state in states if not state.applied],
        "form": form,
        **words.content_words(shown.content),
    }


def _differences(request: OrganisationRequest, newest: OfferedTemplate, chosen: dict[str, str]) -> dict[str, object]:
    """What the next version would say otherwise; nothing before a client is chosen."""
    if chosen["client"] not in {reach.slug for reach in _clients(request)}:
        return {"rows": None, "left_out": ()}
    said, left_out = _taken(request, client=chosen["client"], full_points_from=chosen["full_points_from"])
    now, before = read_content(said), newest.content
    items = compare(base=parts(before), client=parts(now), template=parts(before))
    changed = [item for item in items if item.state is State.CLIENT]
    return {"rows": words.item_rows(changed, named_by=(now, before)), "left_out": left_out}
