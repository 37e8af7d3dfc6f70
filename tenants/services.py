"""Writes of this step: organisations, people, memberships, tokens."""

from __future__ import annotations

import re
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import connection

from engagement.errors import ConflictError, InvalidInputError, NotFoundError
from tenants.actor import TOKEN_PREFIX, token_digest
from tenants.maintenance import maintenance
from tenants.models import ApiToken, Membership, Organisation, Role, User
from tenants.scope import require_write, tenant
from tenants.signals import client_created


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
    names = ", ".join(field.column for field in columns)
    places = ", ".join(["%s"] * len(columns))
    with maintenance() as cursor:
        values = [field.get_db_prep_save(getattr(firm, field.attname), cursor.db) for field in columns]
        cursor.execute(
            f"INSERT INTO tenants_organisation ({names}, created_at) VALUES ({places}, %s) RETURNING id",  # noqa: S608
            [*values, now],
        )
        return int(cursor.fetchone()[0])


def create_user(*, email: str, name: str, password: str) -> User:
    """A new person; raises InvalidInputError for a weak password or a known address."""
    user = User(email=email.strip().lower(), name=name.strip())
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
    if Membership.objects.filter(user=user).exists():
        raise ConflictError("This person is a member already. Change the role instead.")
    return Membership.objects.create(organisation_id=organisation_id, user=user, role=role)


def create_token(*, user: User, name: str) -> tuple[ApiToken, str]:
    """A new API token of a person and its secret, which is shown once and not kept."""
    secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
    token = ApiToken(user=user, name=name.strip(), digest=token_digest(secret), hint=secret[-4:])
    full_clean(token)
    token.save(force_insert=True)
    return token, secret
