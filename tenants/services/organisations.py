"""Writes about organisations: firms, their clients, and settings."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from psycopg import sql

from engagement.errors import ConflictError, InvalidInputError, NotFoundError
from tenants.audit import audit_append
from tenants.audit import changed as sides_of
from tenants.maintenance import maintenance
from tenants.models import Organisation
from tenants.scope import organisation_scope, require_write, tenant
from tenants.services.checking import full_clean
from tenants.signals import client_created, settings_changed, settings_checked

_EVERYWHERE = frozenset({"name", "industry", "time_zone", "language", "currency", "require_mfa", "privacy_contact"})
CHANGEABLE = {
    Organisation.Kind.FIRM: _EVERYWHERE,
    Organisation.Kind.CLIENT: _EVERYWHERE
    | {
        "minimum_n",
        "minimum_n_band",
        "band_good_thousandths",
        "band_excellent_thousandths",
        "band_names",
        "schedule",
        "schedule_hour",
        "intraday_hours",
        "keep_run_days",
        "keep_weekly_run_days",
        "second_approver",
        "late_days",
        "keep_event_days",
    },
}
_THOUSANDTHS = "_thousandths"
_TEXTS = frozenset({"name", "band_names"})
BAND_NAME_LENGTH = 30


@dataclass(frozen=True, slots=True)
class OrganisationSettings:
    """What can be said about a new organisation; the rest has defaults that work."""

    name: str
    slug: str = ""
    industry: str = Organisation.Industry.OTHER
    time_zone: str = "UTC"
    language: str = "en"
    currency: str = "EUR"


def slug_of(name: str) -> str:
    """A slug from a name: "Brightwell Clinics & Co" → brightwell-clinics-co."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:50].strip("-") or "organisation"


def _slug_taken(slug: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT public.slug_taken(%s)", [slug])
        return bool(cursor.fetchone()[0])


def free_slug(name: str, *, wanted: str = "") -> str:
    """The wanted slug, or one from the name with a number where that is taken; ConflictError for a taken wish."""
    if wanted:
        if _slug_taken(wanted):
            raise ConflictError(
                _("The address “{wanted}” is taken. Choose another.").format(wanted=wanted),
                fields={"slug": [_("Taken.")]},
            )
        return wanted
    base = slug_of(name)
    candidates = (base if n == 1 else f"{base}-{n}" for n in range(1, 10_000))
    return next(slug for slug in candidates if not _slug_taken(slug))


def create_client(*, firm_id: int, settings: OrganisationSettings, now: datetime) -> Organisation:
    """Create a client of the firm that is in scope for writing, and all a first hour needs; returns the organisation.

    Raises InvalidInputError with fields, ConflictError for a taken address.
    """
    if require_write() != firm_id:
        raise NotFoundError
    slug = free_slug(settings.name, wanted=settings.slug)
    with connection.cursor() as cursor:
        cursor.execute("SELECT public.next_organisation_id()")
        new_id = int(cursor.fetchone()[0])
    organisation = Organisation(
        id=new_id,
        kind=Organisation.Kind.CLIENT,
        firm_id=firm_id,
        slug=slug,
        name=settings.name.strip(),
        industry=settings.industry,
        time_zone=settings.time_zone,
        language=settings.language,
        currency=settings.currency,
    )
    full_clean(organisation, exclude=("firm",))
    # RETURNING needs to see the new row, so it is read together with its firm while it is being made.
    with tenant(read=[firm_id, new_id], write=firm_id):
        organisation.save(force_insert=True)
    with tenant(read=[new_id], write=new_id):
        client_created.send(sender=Organisation, organisation=organisation, now=now)
        _record_beginning(organisation)
    audit_append(act="client.created", object_kind="organisation", object_id=new_id, new={"slug": slug})
    return organisation


def create_firm(*, settings: OrganisationSettings, now: datetime) -> int:
    """Create a firm, which only an operator may; returns its id. Needs the owner's connection.

    Its record begins in the next transaction, over the runtime's connection: the owner writes no record.
    """
    firm = Organisation(
        kind=Organisation.Kind.FIRM,
        slug=free_slug(settings.name, wanted=settings.slug),
        name=settings.name.strip(),
        industry=settings.industry,
        time_zone=settings.time_zone,
        language=settings.language,
        currency=settings.currency,
    )
    full_clean(firm)
    columns = [field for field in Organisation._meta.local_concrete_fields if field.name not in {"id", "created_at"}]  # noqa: SLF001
    statement = sql.SQL("INSERT INTO tenants_organisation ({}, created_at) VALUES ({}, %s) RETURNING id").format(
        sql.SQL(", ").join(sql.Identifier(str(field.column)) for field in columns),
        sql.SQL(", ").join([sql.Placeholder()] * len(columns)),
    )
    with maintenance() as cursor:
        values = [field.get_db_prep_save(getattr(firm, field.attname), cursor.db) for field in columns]
        cursor.execute(statement.as_string(None), [*values, now])
        firm.pk = int(cursor.fetchone()[0])
    with organisation_scope(firm.pk):
        _record_beginning(firm)
    return firm.pk


def _record_beginning(organisation: Organisation) -> None:
    fields = ("kind", "firm_id", "slug", "industry", "time_zone", "language", "currency")
    new = {field: getattr(organisation, field) for field in fields}
    audit_append(act="organisation.created", object_kind="organisation", object_id=organisation.pk, new=new)


def change_organisation(*, organisation: Organisation, changes: Mapping[str, Any], now: datetime) -> frozenset[str]:
    """Change settings of the organisation in scope; returns the names of the fields whose value is another now.

    Raises InvalidInputError with fields: a field that this kind of organisation does not have, a value out of bounds,
    bands that overlap, what a later step cannot live with (settings_checked).
    """
    if require_write() != organisation.pk:
        raise NotFoundError
    unknown = sorted(set(changes) - CHANGEABLE[Organisation.Kind(organisation.kind)])
    if unknown:
        raise InvalidInputError(
            fields={field: [_("A {kind} has no such setting.").format(kind=organisation.kind)] for field in unknown}
        )
    values = {field: value.strip() if isinstance(value, str) else value for field, value in changes.items()}
    changed = frozenset(field for field, value in values.items() if getattr(organisation, field) != value)
    before = {field: getattr(organisation, field) for field in sorted(changed)}
    for field in changed:
        setattr(organisation, field, values[field])
    try:
        full_clean(organisation, exclude=("firm", "slug"))
        _check_bands(organisation)
        _check_keeping(organisation)
        settings_checked.send(sender=Organisation, organisation=organisation, changed=changed)
    except InvalidInputError:
        organisation.refresh_from_db()  # the page goes on showing what is in force
        raise
    if changed:
        organisation.save(update_fields=sorted(changed))
        settings_changed.send(sender=Organisation, organisation=organisation, changed=changed, now=now)
        after = {field: getattr(organisation, field) for field in before}
        old, new = sides_of(_said(before), _said(after), texts=_TEXTS)
        audit_append(
            act="organisation.changed", object_kind="organisation", object_id=organisation.pk, old=old, new=new
        )  # fmt: skip
    return changed


def _said(settings: Mapping[str, Any]) -> dict[str, object]:
    """Settings as the record holds them: lines of bands as the scores they are."""
    lines = {name for name in settings if name.endswith(_THOUSANDTHS)}
    plain = {name: value for name, value in settings.items() if name not in lines}
    return plain | {name.removesuffix(_THOUSANDTHS): Decimal(settings[name]) / 1000 for name in lines}


def _check_bands(organisation: Organisation) -> None:
    """Raises InvalidInputError unless 0 < good ≤ excellent ≤ 100 and the names are three different ones, or none."""
    good, excellent = organisation.band_good_thousandths, organisation.band_excellent_thousandths
    fields: dict[str, list[str]] = {}
    if good <= 0:
        fields["band_good"] = [_("The line must lie above 0.")]
    if excellent > 100_000:  # noqa: PLR2004  a score ends at 100
        fields["band_excellent"] = [_("A score ends at 100.")]
    elif good > excellent:
        fields["band_excellent"] = [_("This line cannot lie below the lower one.")]
    names = organisation.band_names
    if names and not _are_band_names(names):
        fields["band_names"] = [
            _("Give three different names of up to {band_name_length} letters, or none.").format(
                band_name_length=BAND_NAME_LENGTH
            )
        ]
    if fields:
        raise InvalidInputError(fields=fields)


def _check_keeping(organisation: Organisation) -> None:
    """Raises InvalidInputError if one scoring a week is kept for less long than all of them."""
    days = organisation.keep_run_days
    if organisation.keep_weekly_run_days < days:
        raise InvalidInputError(
            fields={"keep_weekly_run_days": [_("All are kept for {days} days; give at least that.").format(days=days)]}
        )


def _are_band_names(names: Any) -> bool:
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        return False
    lengths = [len(name.strip()) for name in names]
    return len(names) == len({name.strip().casefold() for name in names}) == 3 and all(  # noqa: PLR2004  three bands
        0 < length <= BAND_NAME_LENGTH for length in lengths
    )
