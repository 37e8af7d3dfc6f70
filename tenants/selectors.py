"""Reads of this step: members, the organisations a person reaches, the logins of the demo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from engagement.errors import NotFoundError
from tenants.actor import Actor
from tenants.limits import SegmentChoice, segment_choices
from tenants.maintenance import maintenance
from tenants.models import Membership, OperatorGrant, Organisation, Role

BAND_CODES = ("poor", "good", "excellent")
_DEFAULT_BAND_NAMES = (gettext_noop("Poor"), gettext_noop("Good"), gettext_noop("Excellent"))


@dataclass(frozen=True, slots=True)
class MemberLine:
    """One person with a role of their own in the organisation."""

    id: UUID
    user_id: UUID
    name: str
    email: str
    role: str
    role_name: str
    since: datetime
    is_active: bool
    limited_to: str = ""
    segments: tuple[SegmentChoice, ...] = ()  # of a limit to segments; those that are still in use


@dataclass(frozen=True, slots=True)
class VisitLine:
    """One time that an operator of the platform acted for the organisation."""

    name: str
    role: str
    reason: str
    ticket: str
    began_at: datetime
    over_at: datetime  # when it ended, or will at the latest
    is_open: bool


@dataclass(frozen=True, slots=True)
class OrganisationLine:
    """One organisation with all its settings; thresholds are scores, 0…100, exact to a thousandth."""

    slug: str
    name: str
    kind: str
    role: str
    firm: str | None  # its slug, where the reader reaches the firm too
    industry: str
    time_zone: str
    language: str
    currency: str
    minimum_n: int
    minimum_n_band: int
    band_good: Decimal
    band_excellent: Decimal
    band_names: Mapping[str, str]
    schedule: str
    schedule_hour: int
    intraday_hours: int
    keep_run_days: int
    keep_weekly_run_days: int
    second_approver: bool
    require_mfa: bool
    late_days: int
    keep_event_days: int | None
    sample_today: str | None


@dataclass(frozen=True, slots=True)
class Found:
    """An organisation as the shell finds it."""

    id: int
    kind: str


@dataclass(frozen=True, slots=True)
class DemoLogin:
    """A person of the demo, whom everybody may be."""

    email: str
    name: str
    role: str
    organisation: str  # slug
    sees: str


# The demo creates exactly these people, and its sign-in page prints them. A password that stands in the source is why
# checks refuse DEMO on real hosts.
DEMO_PASSWORD = "open-the-demo-door"  # noqa: S105  meant to be known
DEMO_LOGINS = (
    DemoLogin(
        "consultant@demo.example",
        "Cora Consultant",
        Role.CONSULTANT,
        "northgate-advisory",
        gettext_noop("all clients of the firm"),
    ),
    DemoLogin(
        "viewer@demo.example", "Vito Viewer", Role.VIEWER, "fennel-grocers", gettext_noop("one client, reading only")
    ),
    DemoLogin(
        "admin@demo.example",
        "Ada Admin",
        Role.ADMIN,
        "northgate-advisory",
        gettext_noop("everything, members and settings too"),
    ),
)


def band_names(organisation: Organisation) -> dict[str, str]:
    """What the organisation's bands are called, by code: as it says itself, else in the reader's language."""
    return {
        code: _(name) if not organisation.band_names else name for code, name in kept_band_names(organisation).items()
    }


def kept_band_names(organisation: Organisation) -> dict[str, str]:
    """The same as it is kept and compared, in whatever language it is read: poor, good, excellent, as stored."""
    return dict(zip(BAND_CODES, organisation.band_names or _DEFAULT_BAND_NAMES, strict=True))


def members() -> tuple[MemberLine, ...]:
    """Everybody with a role in the organisation in scope, by name; people of its firm are not among them."""
    found = list(Membership.objects.select_related("user").order_by("user__name", "user__email"))
    choices = segment_choices() if any(membership.segment_ids for membership in found) else ()
    return tuple(_member_line(membership, choices) for membership in found)


def member(*, member_id: UUID) -> MemberLine:
    """One member of the organisation in scope; raises NotFoundError for anybody else."""
    membership = Membership.objects.select_related("user").filter(pk=member_id).first()
    if membership is None:
        raise NotFoundError
    return _member_line(membership, segment_choices() if membership.segment_ids else ())


def operator_visits(*, now: datetime, limit: int = 20) -> tuple[VisitLine, ...]:
    """The last times that an operator acted for the organisation in scope, the latest first."""
    found = OperatorGrant.objects.select_related("user").order_by("-began_at")[:limit]
    return tuple(
        VisitLine(
            name=grant.user.name,
            role=grant.role,
            reason=grant.reason,
            ticket=grant.ticket,
            began_at=grant.began_at,
            over_at=grant.ended_at or grant.expires_at,
            is_open=grant.ended_at is None and grant.expires_at > now,
        )
        for grant in found
    )


def _member_line(membership: Membership, choices: tuple[SegmentChoice, ...]) -> MemberLine:
    user = membership.user
    return MemberLine(
        id=membership.pk,
        user_id=user.pk,
        name=user.name,
        email=user.email,
        role=membership.role,
        role_name=str(Role(membership.role).label),
        since=membership.created_at,
        is_active=user.is_active,
        limited_to=membership.limited_to,
        segments=tuple(choice for choice in choices if str(choice.id) in membership.segment_ids),
    )


def organisations(*, actor: Actor) -> tuple[OrganisationLine, ...]:
    """All the actor reaches, firms first, then by name; needs a scope that reads them."""
    rows = {row.pk: row for row in Organisation.objects.all()}
    return tuple(
        organisation_line(organisation=rows[reach.organisation_id], actor=actor)
        for reach in actor.reaches
        if reach.organisation_id in rows
    )


def organisation_line(*, organisation: Organisation, actor: Actor) -> OrganisationLine:
    """One organisation as its members see it; raises NotFoundError when the actor does not reach it."""
    reach = actor.reach(organisation.slug)
    if reach is None:
        raise NotFoundError
    firm = next((firm.slug for firm in actor.firms() if firm.organisation_id == organisation.firm_id), None)
    return OrganisationLine(
        slug=organisation.slug,
        name=organisation.name,
        kind=organisation.kind,
        role=reach.role,
        firm=firm,
        industry=organisation.industry,
        time_zone=organisation.time_zone,
        language=organisation.language,
        currency=organisation.currency,
        minimum_n=organisation.minimum_n,
        minimum_n_band=organisation.minimum_n_band,
        band_good=threshold(organisation.band_good_thousandths),
        band_excellent=threshold(organisation.band_excellent_thousandths),
        band_names=band_names(organisation),
        schedule=organisation.schedule,
        schedule_hour=organisation.schedule_hour,
        intraday_hours=organisation.intraday_hours,
        keep_run_days=organisation.keep_run_days,
        keep_weekly_run_days=organisation.keep_weekly_run_days,
        second_approver=organisation.second_approver,
        require_mfa=organisation.require_mfa,
        late_days=organisation.late_days,
        keep_event_days=organisation.keep_event_days,
        sample_today=organisation.sample_today.isoformat() if organisation.sample_today else None,
    )


def find_organisation(*, slug: str) -> Found:
    """For commands only: any organisation, past the policies, over the owner's connection. Raises NotFoundError."""
    with maintenance() as cursor:
        cursor.execute("SELECT id, kind FROM public.tenants_organisation WHERE slug = %s", [slug])
        row = cursor.fetchone()
    if row is None:
        raise NotFoundError(f"There is no organisation “{slug}”.")
    return Found(*row)


def all_organisations() -> dict[str, int]:
    """For commands only: every organisation, id by slug, over the owner's connection."""
    with maintenance() as cursor:
        cursor.execute("SELECT slug, id FROM public.tenants_organisation")
        return dict(cursor.fetchall())


def threshold(thousandths: int) -> Decimal:
    """A stored threshold as a score: 69950 → Decimal("69.950"); exact."""
    return Decimal(thousandths).scaleb(-3)
