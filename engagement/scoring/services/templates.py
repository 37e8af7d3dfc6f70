"""Writes of a firm about its templates, in the firm's own scope. A version that is kept is never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from engagement.errors import ConflictError, InvalidInputError, NotFoundError
from engagement.scoring import queries
from engagement.scoring.models import Template, TemplateVersion
from engagement.scoring.numerals import whole
from engagement.scoring.services.bounds import MAX_NOTE
from engagement.scoring.services.numbering import checked_name, free_key
from engagement.scoring.templating.content import Content, FullPoints, SegmentContent, content_json, parts
from engagement.scoring.templating.reading import names_customers, read_content
from engagement.scoring.types import FULL_POINTS_SOURCES
from tenants.audit import REWRITTEN, audit_append
from tenants.models import Organisation, User
from tenants.scope import require_write

AS_AT_CLIENT = "as_at_client"


def create_template(
    *,
    firm: Organisation,
    name: str,
    content: Mapping[str, Any],
    note: str,
    user: User | None,
    now: datetime,
    key: str = "",
) -> str:
    """A new template with its first version; returns its key.

    Raises InvalidInputError with fields (those of the content by their path), ConflictError for a taken key.
    """
    checked, checked_note = read_content(content), _checked_note(note)
    _lock(firm)
    taken = set(Template.objects.values_list("key", flat=True))
    row = Template.objects.create(
        organisation=firm,
        key=free_key(name=name, wanted=key, taken=taken, fallback="template"),
        name=_free_name(name, besides=None),
        created_by=user,
        created_at=now,
    )
    _add(row, number=1, content=checked, note=checked_note, user=user, now=now)
    new = {"key": row.key, "version": 1}
    audit_append(act="template.created", object_kind="template", object_id=row.pk, new=new, reason=checked_note)
    return row.key


def add_version(
    *, firm: Organisation, key: str, content: Mapping[str, Any], note: str, user: User | None, now: datetime
) -> int:
    """The next version of a template; returns its number. Clients keep what they have until somebody upgrades them.

    Raises NotFoundError, InvalidInputError with fields, ConflictError where the newest version says the same.
    """
    checked, checked_note = read_content(content), _checked_note(note)
    _lock(firm)
    row = _get(firm, key)
    newest = TemplateVersion.objects.filter(template=row).order_by("-number").first()
    if newest is not None and parts(read_content(newest.content)) == parts(checked):
        text = _("Version {number} says the same already: there is nothing new to keep.")
        raise ConflictError(text.format(number=newest.number))
    number = newest.number + 1 if newest else 1
    _add(row, number=number, content=checked, note=checked_note, user=user, now=now)
    old, new = {"version": number - 1}, {"version": number}
    audit_append(
        act="template.version_added", object_kind="template", object_id=row.pk, old=old, new=new, reason=checked_note
    )
    return number


def rename_template(*, firm: Organisation, key: str, name: str) -> None:
    """Call a template something else; its key stays. Raises NotFoundError, InvalidInputError with fields."""
    row = _get(firm, key)
    before, row.name = row.name, _free_name(name, besides=row.key)
    row.save(update_fields=["name"])
    if before != row.name:
        audit_append(act="template.renamed", object_kind="template", object_id=row.pk, new={"name": REWRITTEN})


def content_for_template(
    *, content: Content, full_points_from: str = AS_AT_CLIENT
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """A client's content as a template can hold it, and the names of the segments that were left out.

    Segments whose rule lists customers stay with their client. `full_points_from` replaces the rule of full points: a
    number of one client seldom fits another. Raises InvalidInputError for an unknown rule, or a number not decided yet.
    """
    kept = tuple(segment for segment in content.segments if not names_customers(segment.rule))
    left_out = tuple(segment.name for segment in content.segments if names_customers(segment.rule))
    said = replace(
        content,
        full_points=_full_points(content.full_points, full_points_from),
        sets=tuple(group for group in content.sets if _is_used(group.key, kept)),
        segments=kept,
    )
    return content_json(said), left_out


def _full_points(at_client: FullPoints, wanted: str) -> FullPoints:
    if wanted == AS_AT_CLIENT:
        if at_client == FullPoints("own"):
            text = _("This client has not decided full points yet. Choose where they are taken from.")
            raise InvalidInputError(fields={"full_points_from": [text]})
        return at_client
    if wanted not in FULL_POINTS_SOURCES or wanted == "own":
        choices = ", ".join([AS_AT_CLIENT, *(source for source in FULL_POINTS_SOURCES if source != "own")])
        text = _("Choose one of: {choices}.").format(choices=choices)
        raise InvalidInputError(fields={"full_points_from": [text]})
    return FullPoints(wanted)


def _is_used(set_key: str, segments: tuple[SegmentContent, ...]) -> bool:
    return any(segment.set_key == set_key for segment in segments)


def _lock(firm: Organisation) -> None:
    """Versions are numbered one after the other: nobody else gets a number until the transaction ends."""
    if require_write() != firm.pk or firm.kind != Organisation.Kind.FIRM:
        raise NotFoundError
    queries.fetch("lock_numbering", organisation_id=firm.pk)


def _get(firm: Organisation, key: str) -> Template:
    found = Template.objects.filter(organisation=firm, key=key).first()
    if found is None:
        raise NotFoundError
    return found


def _add(row: Template, *, number: int, content: Content, note: str, user: User | None, now: datetime) -> None:
    TemplateVersion.objects.create(
        organisation_id=row.organisation_id,
        template=row,
        number=number,
        content=content_json(content),
        note=note,
        created_by=user,
        created_at=now,
    )


def _checked_note(note: str) -> str:
    if len(note) > MAX_NOTE:
        text = _("Use at most {most} characters.").format(most=whole(MAX_NOTE))
        raise InvalidInputError(fields={"note": [text]})
    return note.strip()


def _free_name(name: str, *, besides: str | None) -> str:
    text = checked_name(name)
    if Template.objects.filter(name__iexact=text).exclude(key=besides or "").exists():
        problem = _("Another template has this name. Choose one that tells them apart.")
        raise InvalidInputError(fields={"name": [problem]})
    return text
