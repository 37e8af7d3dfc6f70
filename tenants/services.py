"""Writes of this step: organisations, people, memberships, tokens."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from engagement.errors import ConflictError, InvalidInputError, NotFoundError
from tenants.actor import TOKEN_PREFIX, token_digest
from tenants.maintenance import maintenance
from tenants.models import ApiToken, Membership, Organisation, Role, User
from tenants.scope import require_write, tenant
from tenants.signals import client_created, settings_changed, settings_checked

_EVERYWHERE = frozenset({"name", "industry", "time_zone", "language", "currency"})
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
            raise ConflictError(f"The address “{wanted}” is taken. Choose another.", fields={"slug": ["Taken."]})
        return wanted
    base = slug_of(name)
    candidates = (base if n == 1 else f"{base}-{n}" for n in range(1, 10_000))
    return next(slug for slug in candidates if not _slug_taken(slug))


def full_clean(instance: Any, *, exclude: tuple[str, ...] = ()) -> None:
    """Model validation with our error: raises InvalidInputError with the fields."""
    try:
        instance.full_clean(exclude=exclude, validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        raise InvalidInputError(fields=error.message_dict) from None


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
    return organisation


def create_firm(*, settings: OrganisationSettings, now: datetime) -> int:
    """Create a firm, which only an operator may; returns its id. Needs the owner's connection."""
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
    names = ", ".join(str(field.column) for field in columns)
    places = ", ".join(["%s"] * len(columns))
    with maintenance() as cursor:
        values = [field.get_db_prep_save(getattr(firm, field.attname), cursor.db) for field in columns]
        cursor.execute(
            f"INSERT INTO tenants_organisation ({names}, created_at) VALUES ({places}, %s) RETURNING id",  # noqa: S608
            [*values, now],
        )
        return int(cursor.fetchone()[0])


def create_user(*, email: str, name: str, password: str, is_operator: bool = False) -> User:
    """A new person; raises InvalidInputError for a weak password or a known address."""
    user = User(email=email.strip().lower(), name=name.strip(), is_staff=is_operator)
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise InvalidInputError(fields={"password": error.messages}) from None
    user.set_password(password)
    full_clean(user)
    if User.objects.filter(email=user.email).exists():
        raise InvalidInputError(fields={"email": ["Somebody signs in with this address already."]})
    user.save(force_insert=True)
    return user


def add_member(*, user: User, role: str) -> Membership:
    """Give a person a role in the organisation in scope; raises ConflictError when they have one."""
    if role not in Role.values:
        raise InvalidInputError(fields={"role": ["Choose viewer, consultant or admin."]})
    organisation_id = require_write()
    already = ConflictError("This person is a member already. Change the role instead.")
    if Membership.objects.filter(user=user).exists():
        raise already
    try:
        with transaction.atomic():
            return Membership.objects.create(organisation_id=organisation_id, user=user, role=role)
    except IntegrityError:  # somebody else added them between the question and the insert
        raise already from None


def add_person(*, email: str, role: str, name: str = "", password: str = "") -> Membership:
    """Give a role in the organisation in scope to whoever signs in with this address, who is created if unknown.

    Name and password are for new people only; of somebody known they are left alone. Raises InvalidInputError with the
    fields that are missing or refused, ConflictError for a member.
    """
    known = User.objects.filter(email=email.strip().lower()).first()
    if known is not None:
        return add_member(user=known, role=role)
    missing = {
        field: [f"Nobody signs in with this address yet: give them {what}."]
        for field, value, what in (("name", name.strip(), "a name"), ("password", password, "a first password"))
        if not value
    }
    if missing:
        raise InvalidInputError(fields=missing)
    with transaction.atomic():
        return add_member(user=create_user(email=email, name=name, password=password), role=role)


def change_role(*, membership_id: UUID, role: str) -> Membership:
    """Give a member of the organisation in scope another role.

    Raises NotFoundError for somebody else's member, ConflictError where a firm would lose its last admin.
    """
    if role not in Role.values:
        raise InvalidInputError(fields={"role": ["Choose viewer, consultant or admin."]})
    with transaction.atomic():
        membership = _member_for_update(membership_id, stays_admin=role == Role.ADMIN)
        membership.role = role
        membership.save(update_fields=["role"])
    return membership


def remove_member(*, membership_id: UUID) -> Membership:
    """Take a person's role in the organisation in scope away; the person and their other roles stay.

    Raises NotFoundError for somebody else's member, ConflictError where a firm would lose its last admin.
    """
    with transaction.atomic():
        membership = _member_for_update(membership_id, stays_admin=False)
        Membership.objects.filter(pk=membership.pk).delete()
    return membership


def _member_for_update(membership_id: UUID, *, stays_admin: bool) -> Membership:
    """The member, with every admin's row locked, so that two admins cannot take each other's role at once."""
    organisation = Organisation.objects.get(pk=require_write())
    locked = Membership.objects.select_for_update(of=("self",)).order_by("pk")
    admins = list(locked.filter(role=Role.ADMIN, user__is_active=True))
    membership = locked.filter(pk=membership_id).select_related("user").first()
    if membership is None:
        raise NotFoundError
    is_last = [admin.pk for admin in admins] == [membership.pk]
    if is_last and not stays_admin and organisation.kind == Organisation.Kind.FIRM:
        raise ConflictError("A firm needs an admin, and this is the last one. Make somebody else an admin first.")
    return membership


def change_organisation(*, organisation: Organisation, changes: Mapping[str, Any], now: datetime) -> frozenset[str]:
    """Change settings of the organisation in scope; returns the names of the fields whose value is another now.

    Raises InvalidInputError with fields: a field that this kind of organisation does not have, a value out of bounds,
    bands that overlap, what a later step cannot live with (settings_checked).
    """
    if require_write() != organisation.pk:
        raise NotFoundError
    unknown = sorted(set(changes) - CHANGEABLE[Organisation.Kind(organisation.kind)])
    if unknown:
        raise InvalidInputError(fields={field: [f"A {organisation.kind} has no such setting."] for field in unknown})
    values = {field: value.strip() if isinstance(value, str) else value for field, value in changes.items()}
    changed = frozenset(field for field, value in values.items() if getattr(organisation, field) != value)
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
    return changed


def _check_bands(organisation: Organisation) -> None:
    """Raises InvalidInputError unless 0 < good ≤ excellent ≤ 100 and the names are three different ones, or none."""
    good, excellent = organisation.band_good_thousandths, organisation.band_excellent_thousandths
    fields: dict[str, list[str]] = {}
    if good <= 0:
        fields["band_good"] = ["The line must lie above 0."]
    if excellent > 100_000:  # noqa: PLR2004  a score ends at 100
        fields["band_excellent"] = ["A score ends at 100."]
    elif good > excellent:
        fields["band_excellent"] = ["This line cannot lie below the lower one."]
    names = organisation.band_names
    if names and not _are_band_names(names):
        fields["band_names"] = [f"Give three different names of up to {BAND_NAME_LENGTH} letters, or none."]
    if fields:
        raise InvalidInputError(fields=fields)


def _check_keeping(organisation: Organisation) -> None:
    """Raises InvalidInputError if one scoring a week is kept for less long than all of them."""
    days = organisation.keep_run_days
    if organisation.keep_weekly_run_days < days:
        raise InvalidInputError(fields={"keep_weekly_run_days": [f"All are kept for {days} days; give at least that."]})


def _are_band_names(names: Any) -> bool:
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        return False
    lengths = [len(name.strip()) for name in names]
    return len(names) == len({name.strip().casefold() for name in names}) == 3 and all(  # noqa: PLR2004  three bands
        0 < length <= BAND_NAME_LENGTH for length in lengths
    )


def change_name(*, user: User, name: str) -> None:
    """Change what a person is called; raises InvalidInputError for no name."""
    user.name = name.strip()
    full_clean(user)
    user.save(update_fields=["name"])


def change_password(*, user: User, old: str, new: str) -> None:
    """Change a person's password; raises InvalidInputError when the old one is wrong or the new one is weak."""
    if not user.check_password(old):
        raise InvalidInputError(fields={"old": ["This is not your present password."]})
    try:
        validate_password(new, user)
    except ValidationError as error:
        raise InvalidInputError(fields={"new": error.messages}) from None
    user.set_password(new)
    user.save(update_fields=["password"])


def create_token(*, user: User, name: str) -> tuple[ApiToken, str]:
    """A new API token of a person and its secret, which is shown once and not kept."""
    secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
    token = ApiToken(user=user, name=name.strip(), digest=token_digest(secret), hint=secret[-4:])
    full_clean(token, exclude=("revoked_at",))
    token.save(force_insert=True)
    return token, secret


def revoke_token(*, user: User, token_id: UUID, now: datetime) -> None:
    """End one of the person's own tokens, at once; again does nothing. Raises NotFoundError for anybody else's."""
    token = ApiToken.objects.filter(user=user, pk=token_id).first()
    if token is None:
        raise NotFoundError
    if token.revoked_at is None:
        token.revoked_at = now
        token.save(update_fields=["revoked_at"])
