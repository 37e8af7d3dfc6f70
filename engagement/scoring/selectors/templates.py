"""Reads about templates. A firm's rows are read in a scope of the firm alone, a client's in one of the client alone.

Who reads across (a firm's page about its clients, a client's page about its firm's templates) opens a short scope of
its own for the other side, and only where the person reaches it.
"""

from __future__ import annotations

import hashlib
from uuid import UUID

from engagement.errors import NotFoundError
from engagement.scoring.models import AppliedTemplate, Template, TemplateVersion, WeightSet
from engagement.scoring.selectors.configuration import configuration
from engagement.scoring.templating.compare import ABSENT, State, compare
from engagement.scoring.templating.content import Content, canonical, content_json
from engagement.scoring.templating.reading import read_content
from engagement.scoring.templating.types import (
    AppliedLine,
    ClientState,
    Comparison,
    OfferedTemplate,
    TemplateLine,
    VersionLine,
    sides,
)
from tenants.actor import Actor, Reach
from tenants.models import Organisation, User
from tenants.permissions import Permission
from tenants.scope import tenant

_LARGEST_NUMBER = 2**31 - 1  # the column's; no version has a larger one


# ── in the firm ──────────────────────────────────────────────────────────────────────────────────────────────


def templates(*, firm_id: int) -> tuple[TemplateLine, ...]:
    """The templates of the firm in scope, by name."""
    rows = Template.objects.filter(organisation_id=firm_id).order_by("name", "key")
    versions: dict[UUID, list[VersionLine]] = {}
    kept = TemplateVersion.objects.filter(organisation_id=firm_id).defer("content").select_related("created_by")
    for row in kept.order_by("-number"):
        versions.setdefault(row.template_id, []).append(_version(row))
    return tuple(
        TemplateLine(id=row.pk, key=row.key, name=row.name, versions=tuple(versions[row.pk]))
        for row in rows
        if row.pk in versions
    )


def template(*, firm_id: int, key: str) -> TemplateLine:
    """One template of the firm in scope; raises NotFoundError."""
    found = next((line for line in templates(firm_id=firm_id) if line.key == key), None)
    if found is None:
        raise NotFoundError
    return found


def template_version(*, firm_id: int, key: str, number: int | None = None) -> OfferedTemplate:
    """One version with its content, the newest unless a number is named; raises NotFoundError."""
    line = template(firm_id=firm_id, key=key)
    wanted = line.newest.number if number is None else number
    row = None
    if wanted <= _LARGEST_NUMBER:
        row = TemplateVersion.objects.filter(organisation_id=firm_id, template_id=line.id, number=wanted).first()
    if row is None:
        raise NotFoundError
    return OfferedTemplate(
        id=line.id,
        key=line.key,
        name=line.name,
        version=row.number,
        newest=line.newest.number,
        note=row.note,
        content=read_content(row.content),
    )


def client_content(*, actor: Actor, firm_id: int, slug: str) -> Content:
    """What counts at a client of the firm now; raises NotFoundError for one that the actor does not reach."""
    reach = next((one for one in actor.clients_of(firm_id) if one.slug == slug), None)
    if reach is None or not reach.may(Permission.VIEW):
        raise NotFoundError
    with tenant(read=[reach.organisation_id]):
        client = Organisation.objects.get(pk=reach.organisation_id)
        return configuration(organisation=client, with_draft=False)


def client_states(*, actor: Actor, firm_id: int, line: TemplateLine) -> tuple[ClientState, ...]:
    """Every client of the firm that the actor reaches, by name; each is read in a scope of its own."""
    return tuple(_client_state(reach, line) for reach in actor.clients_of(firm_id))


def number_of_clients(*, actor: Actor, firm_id: int) -> dict[UUID, int]:
    """How many clients stand on each template, by its id; one short scope a client."""
    found: dict[UUID, int] = {}
    for reach in actor.clients_of(firm_id):
        with tenant(read=[reach.organisation_id]):
            latest = AppliedTemplate.objects.order_by("-number").values_list("template_id", flat=True).first()
        if latest is not None:
            found[latest] = found.get(latest, 0) + 1
    return found


def _client_state(reach: Reach, line: TemplateLine) -> ClientState:
    with tenant(read=[reach.organisation_id]):
        client = Organisation.objects.get(pk=reach.organisation_id)
        found = applied(organisation=client)
        stands_here = found is not None and found.template_id == line.id
        return ClientState(
            slug=reach.slug,
            name=reach.name,
            applied=found if stands_here else None,
            other=found.name if found and not stands_here else "",
            changed=_n_changed(client, found) if found and stands_here else 0,
            is_behind=bool(found and stands_here and found.version < line.newest.number),
        )


def _n_changed(client: Organisation, found: AppliedLine) -> int:
    """Items of the template that are another at the client now; what the client has besides is its own."""
    now = configuration(organisation=client, with_draft=True)
    with_bands = found.content.bands is not None
    base, own, template = sides(base=found.content, client=now, template=found.content, with_bands=with_bands)
    items = compare(base=base, client=own, template=template)
    return sum(item.state is State.CLIENT and item.base is not ABSENT for item in items)


# ── at a client ──────────────────────────────────────────────────────────────────────────────────────────────


def applied(*, organisation: Organisation) -> AppliedLine | None:
    """What the client in scope stands on; None before the first application."""
    rows = AppliedTemplate.objects.filter(organisation=organisation).select_related("applied_by")
    row = rows.order_by("-number").first()
    return None if row is None else _applied(row)


def applications(*, organisation: Organisation) -> tuple[AppliedLine, ...]:
    """Every application, newest first."""
    rows = AppliedTemplate.objects.filter(organisation=organisation).select_related("applied_by")
    return tuple(_applied(row) for row in rows.order_by("-number"))


def offers(*, actor: Actor, client: Organisation) -> tuple[TemplateLine, ...]:
    """The templates of the client's firm; none for who does not reach the firm, or may not apply them."""
    firm = _firm_of(actor, client)
    if firm is None:
        return ()
    with tenant(read=[firm.organisation_id]):
        return templates(firm_id=firm.organisation_id)


def offered_template(*, actor: Actor, client: Organisation, key: str, number: int | None = None) -> OfferedTemplate:
    """One version of a template of the client's firm, read in a scope of the firm alone.

    Raises NotFoundError for an unknown template, and likewise for anybody who does not reach the firm with a role that
    may apply templates: they learn nothing of it.
    """
    firm = _firm_of(actor, client)
    if firm is None:
        raise NotFoundError
    with tenant(read=[firm.organisation_id]):
        return template_version(firm_id=firm.organisation_id, key=key, number=number)


def comparison(*, organisation: Organisation, offered: OfferedTemplate, may_change_bands: bool) -> Comparison:
    """The client in scope beside the template, item by item, against what was applied of this template before."""
    found = applied(organisation=organisation)
    base = found if found and found.template_id == offered.id else None
    client = configuration(organisation=organisation, with_draft=True)
    three = sides(
        base=base.content if base else None, client=client, template=offered.content, with_bands=may_change_bands
    )
    return Comparison(
        offered=offered,
        base=base,
        client=client,
        items=compare(base=three[0], client=three[1], template=three[2]),
        opened=_digest(organisation, found, client, offered),
        keeps_bands=not may_change_bands,
    )


def _firm_of(actor: Actor, client: Organisation) -> Reach | None:
    firms = (reach for reach in actor.firms() if reach.organisation_id == client.firm_id)
    return next((reach for reach in firms if reach.may(Permission.APPLY_TEMPLATES)), None)


def _digest(organisation: Organisation, found: AppliedLine | None, client: Content, offered: OfferedTemplate) -> str:
    """Different as soon as anything of what was compared is."""
    draft = WeightSet.objects.filter(organisation=organisation, state=WeightSet.State.DRAFT)
    opened = draft.values_list("changed_at", flat=True).first()
    told = [
        found.number if found else 0,
        content_json(client),
        str(offered.id),
        offered.version,
        opened.isoformat() if opened else "",
    ]
    return hashlib.sha256(canonical(told).encode()).hexdigest()


def _applied(row: AppliedTemplate) -> AppliedLine:
    return AppliedLine(
        number=row.number,
        template_id=row.template_id,
        key=row.template_key,
        name=row.template_name,
        version=row.version,
        content=read_content(row.content, without_bands=True),
        applied_by=_name(row.applied_by),
        applied_at=row.applied_at,
    )


def _version(row: TemplateVersion) -> VersionLine:
    return VersionLine(number=row.number, note=row.note, created_by=_name(row.created_by), created_at=row.created_at)


def _name(user: User | None) -> str:
    return user.name if user else ""
