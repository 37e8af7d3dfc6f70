"""Telling by mail what was found: one mail a person and check, of what that person may read; no name of a customer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from django.urls import reverse

from engagement.insights import queries
from engagement.insights.alert_types import AlertLine
from engagement.insights.alert_words import alert_sentence
from engagement.insights.models import AlertCheck, AlertRule, WebhookEndpoint
from engagement.insights.selectors.alerts import alerts_of_check
from engagement.insights.services.telling import TRY_FOR, tell
from engagement.insights.terms import terms_of
from engagement.scoring.models import Segment
from tenants.accounts import mails
from tenants.actor import Reach, reaches_of
from tenants.languages import speaking_to
from tenants.links import public_url
from tenants.models import Membership, Organisation, Role, User
from tenants.permissions import Permission
from tenants.scope import organisation_scope
from tenants.services.mailing import TRY_AGAIN_AFTER
from tenants.wake import wake_each


@dataclass(frozen=True, slots=True)
class _Errand:
    """What was found in one check, and the rules it was found by."""

    organisation: Organisation
    check: AlertCheck
    alerts: tuple[AlertLine, ...]
    rules: dict[UUID, AlertRule]

    @property
    def link(self) -> str:
        return public_url(reverse("alerts", args=[self.organisation.slug]))


def mail_alerts(*, organisation_id: int, check_id: UUID, now: datetime) -> int:
    """Mail everybody who is to be told and has no mail yet; returns how many were.

    Of an organisation that rests nothing is mailed. What a mail server does not take is left for the next try.
    """
    errand = _errand(organisation_id, check_id)
    if errand is None:
        return 0
    people = ((user, partial(_said, errand, found)) for user, found in _to_be_told(errand))
    return tell(row=errand.check, letter="alerts", people=people, language=errand.organisation.language, now=now)


def wake_unmailed_alerts(*, now: datetime) -> int:
    """Wake a worker for each check that not everybody could be told about for some minutes; returns how many."""
    left = queries.STATEMENTS.fetch("unmailed_alerts", checked_from=now - TRY_FOR, checked_until=now - TRY_AGAIN_AFTER)
    return wake_each("insights.alert_mail", left)


def _errand(organisation_id: int, check_id: UUID) -> _Errand | None:
    with organisation_scope(organisation_id, write=False):
        organisation = Organisation.objects.filter(pk=organisation_id, suspended_at=None).first()
        check = AlertCheck.objects.filter(pk=check_id, mailed_at__isnull=True).first()
        if organisation is None or check is None:
            return None
        found = alerts_of_check(check=check)
        rules = {rule.pk: rule for rule in AlertRule.objects.filter(pk__in=[one.rule_id for one in found])}
        return _Errand(organisation, check, found, rules)


def _said(errand: _Errand, found: Sequence[AlertLine]) -> dict[str, object]:
    """In the language that is on."""
    terms = terms_of(organisation=errand.organisation, run=None)
    return {
        "organisation": errand.organisation.name,
        "link": errand.link,
        "count": len(found),
        "sentences": [alert_sentence(one, terms=terms) for one in found],
    }


def _to_be_told(errand: _Errand) -> Iterable[tuple[User, tuple[AlertLine, ...]]]:
    """People with what each is to be told of, by address; who may not read a thing any more is not told of it."""
    wanted: dict[UUID, list[AlertLine]] = {}
    users: dict[UUID, User] = {}
    for alert in errand.alerts:
        for user in _people(errand.organisation, errand.rules[alert.rule_id]):
            users[user.pk] = user
            wanted.setdefault(user.pk, []).append(alert)
    for user in sorted(users.values(), key=lambda one: one.email):
        found = _readable(user, errand.organisation, wanted[user.pk])
        if found:
            yield user, found


def _people(organisation: Organisation, rule: AlertRule) -> list[User]:
    """Named people, and members of the roles; where the client has no member of these roles, those of its firm."""
    own = _members(organisation.pk, rule.roles)
    firms = _members(organisation.firm_id, rule.roles) if rule.roles and not own and organisation.firm_id else []
    named = User.objects.filter(pk__in=rule.people, is_active=True)
    return [*own, *firms, *named]


def _members(organisation_id: int, roles: Iterable[str]) -> list[User]:
    with organisation_scope(organisation_id, write=False):
        found = Membership.objects.filter(role__in=list(roles), user__is_active=True, user__is_staff=False)
        return [one.user for one in found.select_related("user").order_by("user__email")]


def _readable(user: User, organisation: Organisation, found: Iterable[AlertLine]) -> tuple[AlertLine, ...]:
    reach = next((one for one in reaches_of(user) if one.organisation_id == organisation.pk), None)
    if reach is None or not reach.may(Permission.VIEW):
        return ()
    if not reach.limit:
        return tuple(found)
    return tuple(one for one in found if one.segment_key in _own_keys(reach))


def _own_keys(reach: Reach) -> set[str]:
    with organisation_scope(reach.organisation_id, write=False):
        return set(Segment.objects.filter(pk__in=list(reach.limit.segments)).values_list("key", flat=True))


# ── a webhook that was switched off ──────────────────────────────────────────────────────────────────────────


def mail_webhook_off(*, organisation_id: int, endpoint_id: UUID, now: datetime) -> int:
    """Tell admins, or where the client has none those of its firm, that a webhook is off; once. Returns how many.

    Raises UnavailableError when the mail server takes none of them; the sweeper finds it again.
    """
    with organisation_scope(organisation_id, write=False):
        organisation = Organisation.objects.get(pk=organisation_id)
        off = WebhookEndpoint.objects.filter(pk=endpoint_id, off_by_failure=True, off_told_at=None, removed_at=None)
        endpoint = off.first()
    if endpoint is None:
        return 0
    admins = _members(organisation_id, [Role.ADMIN])
    admins = admins or (_members(organisation.firm_id, [Role.ADMIN]) if organisation.firm_id else [])
    link = public_url(reverse("webhook", args=[organisation.slug, endpoint.pk]))
    for user in admins:
        with speaking_to(user, otherwise=organisation.language):
            mails.send("webhook_off", to=user.email, organisation=organisation.name, webhook=endpoint.name, link=link)
    with organisation_scope(organisation_id):
        WebhookEndpoint.objects.filter(pk=endpoint_id).update(off_told_at=now)
    return len(admins)


def wake_untold_webhooks(*, now: datetime) -> int:
    """Wake a worker for each webhook that went off and nobody could be told about; returns how many."""
    left = queries.STATEMENTS.fetch("untold_webhooks", off_from=now - TRY_FOR, off_until=now - TRY_AGAIN_AFTER)
    return wake_each("insights.webhook_off", left)
