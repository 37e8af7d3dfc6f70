"""The world of the matrix, built once: people in every role, every object in every organisation, canaries abroad."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count

from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.test.client import ClientHandler
from django.utils import timezone

from engagement.ingest.models import Customer, IngestBatch, RejectedEvent
from engagement.insights.services.score import score
from engagement.scoring import services as scoring
from engagement.scoring.models import AppliedTemplate, ExclusionDefinition, ScoreRun, Segment, SegmentSet, WeightSet
from tenants.actor import reaches_of
from tenants.models import LimitedTo, Membership, Organisation, Role, User
from tenants.permissions import ROLE_PERMISSIONS
from tenants.scope import organisation_scope, tenant
from tenants.services import add_member, create_organisation_token
from tenants.tenancy import new_id
from tests.conftest import NOW, World, api_token, build_world, make_user
from tests.isolation import canary
from tests.isolation.journal import Journal, journal
from tests.isolation.routes import (
    ENTRIES,
    Arguments,
    Maker,
    Making,
    a_customer,
    a_guidance_entry,
    a_member,
    a_segment,
    a_template,
    a_token,
    an_invitation,
    an_organisations_token,
    nothing,
    own_weights,
)
from tests.isolation.seed import sow
from tests.scoring.templates_world import with_action

_MARKS = count(1_000)  # above the numbers that services give
# In a firm there are no customers, runs or weights, and only in a firm there are templates.
_IN_A_FIRM: set[Maker] = {
    a_guidance_entry, a_member, a_template, a_token, an_invitation, an_organisations_token, nothing,
}  # fmt: skip
_CUSTOMERS = 6  # more than numbers show from


# The middleware is loaded once, as in a server, and not again for every cell.
_HANDLER = ClientHandler(enforce_csrf_checks=False)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who asks, by session or by token. `user` None: nobody is signed in."""

    name: str
    user: User | None
    roles: dict[int, str] = field(default_factory=dict)  # by organisation, as they reach it
    session: str = ""
    token: str = ""
    limited_to: str = ""  # a membership that shows less than its role does

    @property
    def is_nobody(self) -> bool:
        return self.user is None and not self.token

    @property
    def is_program(self) -> bool:
        """Asks with a token of the organisation, which is no person's."""
        return self.user is None and bool(self.token)

    @property
    def is_stranger(self) -> bool:
        return self.name == "stranger"

    def role_in(self, organisation: Organisation | None) -> str | None:
        return self.roles.get(organisation.pk) if organisation is not None else None

    def client(self) -> Client:
        """A fresh one each time: an answer may end the session that another cell still needs."""
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        client = Client(raise_request_exception=False, headers=headers)
        client.handler = _HANDLER
        if self.session:
            client.cookies[settings.SESSION_COOKIE_NAME] = self.session
        return client


# ── what is named in queries and bodies, and in no address ───────────────────────────────────────────────────────


def a_client(making: Making) -> Arguments:
    """A firm's forms name its clients."""
    return {"slug": _CLIENTS[making.organisation.pk].slug}


def a_person(making: Making) -> Arguments:
    """Named in forms by id, and in the API by address: somebody with a role of their own here."""
    member = Membership.objects.select_related("user").order_by("created_at").first()
    user = member.user if member else making.user
    return {"id": user.pk, "email": user.email}


def a_minder(making: Making) -> Arguments:
    """Named by address: a consultant or admin of the firm."""
    firm_id = making.organisation.firm_id or making.organisation.pk
    with tenant(read=[firm_id]):
        member = Membership.objects.select_related("user").exclude(role="viewer").order_by("created_at").first()
        assert member is not None
        return {"id": member.user.pk, "email": member.user.email}


def a_set(making: Making) -> Arguments:
    group = SegmentSet.objects.filter(key__startswith="set-").order_by("key").first()
    assert group is not None
    return {"key": group.key}


def a_part(making: Making) -> Arguments:
    """A segment of the partition whose other segments have weights of their own; this one has none."""
    group = SegmentSet.objects.get(key="own-weights")
    made = a_segment(making)
    Segment.objects.filter(key=made["key"]).update(segment_set=group)
    return made


def a_scored_run(making: Making) -> Arguments:
    run = ScoreRun.objects.filter(state="published").order_by("-number").first()
    assert run is not None
    return {"number": run.number}


def a_known_customer(making: Making) -> Arguments:
    """Named by the client's own id."""
    customer = Customer.objects.filter(identified=True).order_by("number").first()
    assert customer is not None
    return {"external_id": customer.external_id}


def a_merge_target(making: Making) -> Arguments:
    """The customer for whom a visitor counts."""
    visitor = Customer.objects.filter(merged_into__isnull=False).order_by("number").first()
    assert visitor is not None
    return {"number": visitor.merged_into}


_CLIENTS: dict[int, Organisation] = {}  # the first of each firm


@dataclass(frozen=True)
class Stage:
    """The world and what stands in it. `objects` are the arguments of each maker's object, by organisation."""

    world: World
    people: dict[str, Person]
    proposer: User
    objects: dict[int, dict[Maker, Arguments]]
    journal: Journal

    @property
    def organisations(self) -> tuple[Organisation, ...]:
        return _organisations(self.world)

    @property
    def strangers(self) -> tuple[Organisation, Organisation]:
        return self.world.strange, self.world.strangers_firm

    def person(self, name: str) -> Person:
        return self.people[name]

    def making(self, organisation: Organisation) -> Making:
        """For whom something more is made there."""
        is_strange = organisation in self.strangers
        user = self.world.stranger if is_strange else self.world.consultant
        return Making(organisation, user, next(_MARKS), canary.for_organisation(self.world, organisation))

    def arguments(self, organisation: Organisation, maker: Maker) -> Arguments:
        """What names the object of this kind: the organisation's own, else its firm's."""
        for owner in (organisation.pk, organisation.firm_id):
            found = self.objects.get(owner or 0, {}).get(maker)
            if found is not None:
                return found
        raise KeyError(f"{organisation.slug} has no object of {maker.__name__}")

    def arranged(self, organisation: Organisation, prepare: Callable[[Stage, Organisation], Arguments]) -> Arguments:
        """Bring an organisation into the state that a request needs; the block that asked for it undoes it."""
        with organisation_scope(organisation.pk):
            return prepare(self, organisation)


@contextmanager
def staged() -> Iterator[Stage]:
    """Build the world, then keep the journal. The caller empties the database afterwards."""
    cache.clear()
    world = build_world()
    canary.name_strangers(world)
    _CLIENTS.update({world.firm.pk: world.ours, world.strangers_firm.pk: world.strange})
    objects = {organisation.pk: _furnish(world, organisation) for organisation in _organisations(world)}
    people, proposer = _people(world)
    for organisation in (world.strange, world.strangers_firm):
        sow(organisation.pk)
    canary.sow_everywhere(world)
    with journal() as kept:
        yield Stage(world, people, proposer, objects, kept)


def _organisations(world: World) -> tuple[Organisation, ...]:
    return world.ours, world.other, world.strange, world.firm, world.strangers_firm


# ── people ───────────────────────────────────────────────────────────────────────────────────────────────────


def _people(world: World) -> tuple[dict[str, Person], User]:
    proposer, client_admin = make_user("proposer"), make_user("client-admin")
    for user, organisation, role in ((proposer, world.firm, Role.CONSULTANT), (client_admin, world.ours, Role.ADMIN)):
        with organisation_scope(organisation.pk):
            add_member(user=user, role=role)
    firms = [world.firm.pk, world.ours.pk, world.other.pk]
    people = [
        _signed_in("admin", world.admin, dict.fromkeys(firms, "admin")),
        _signed_in("consultant", world.consultant, dict.fromkeys(firms, "consultant")),
        _signed_in("viewer", world.viewer, {world.ours.pk: "viewer"}),
        _signed_in("client-admin", client_admin, {world.ours.pk: "admin"}),
        _signed_in("stranger", world.stranger, dict.fromkeys([world.strange.pk, world.strangers_firm.pk], "admin")),
        Person("token", world.consultant, dict.fromkeys(firms, "consultant"), token=api_token(world.consultant)),
        Person("program", None, {world.ours.pk: "consultant"}, token=_program(world)),
        _signed_in("reporter", _reporter(world), {world.ours.pk: "viewer"}, limited_to=LimitedTo.REPORTS),
        _signed_in("operator", _operator(), {}),
        Person("nobody", None),
    ]
    return {person.name: person for person in people}, proposer


def _signed_in(name: str, user: User, roles: dict[int, str], *, limited_to: str = "") -> Person:
    client = Client()
    client.force_login(user)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    return Person(name, user, roles, session=session, limited_to=limited_to)


def _operator() -> User:
    """Staff of the platform without a grant: a member of nothing, and foreign everywhere."""
    user = make_user("operator")
    user.is_staff = True
    user.save(update_fields=["is_staff"])
    return user


def _reporter(world: World) -> User:
    """Reads what one would print, and no customer."""
    user = make_user("reporter")
    with organisation_scope(world.ours.pk):
        Membership.objects.create(
            organisation_id=world.ours.pk, user=user, role=Role.VIEWER, limited_to=LimitedTo.REPORTS
        )
    return user


def _program(world: World) -> str:
    """The secret of a token of the client itself, with all that a consultant may."""
    reach = next(reach for reach in reaches_of(world.consultant) if reach.organisation_id == world.ours.pk)
    codes = [permission.value for permission in ROLE_PERMISSIONS[Role.CONSULTANT]]
    with organisation_scope(world.ours.pk):
        # In force on the day the tests run: the doorways read the clock.
        _, secret = create_organisation_token(
            reach=reach, user=None, name="Sync", permissions=codes, now=timezone.now()
        )
        return secret


# ── objects ──────────────────────────────────────────────────────────────────────────────────────────────────


def _furnish(world: World, organisation: Organisation) -> dict[Maker, Arguments]:
    """Every kind of object; a client is scored with them on two days, and has a published set beside its draft."""
    user = world.stranger if organisation in (world.strange, world.strangers_firm) else world.consultant
    mark = canary.for_organisation(world, organisation)
    is_firm = organisation.kind == Organisation.Kind.FIRM

    def made(maker: Maker) -> Arguments:
        return maker(Making(organisation, user, next(_MARKS), mark))

    kinds = _IN_A_FIRM if is_firm else set(ENTRIES.values()) - {a_template}
    with organisation_scope(organisation.pk):
        found = {maker: made(maker) for maker in sorted(kinds - {own_weights}, key=lambda maker: maker.__name__)}
        if not is_firm:
            _say_more(Making(organisation, user, next(_MARKS), mark))
            for _ in range(_CUSTOMERS):
                made(a_customer)
        found[a_person] = made(a_person)
    if is_firm:
        found[a_client] = made(a_client)
    else:
        _publish_and_score(organisation)
        with organisation_scope(organisation.pk):
            scoring.draft(organisation=organisation, user=user, now=NOW)
            found |= {maker: made(maker) for maker in (own_weights, *_NAMED_AT_A_CLIENT)}
    return found


_NAMED_AT_A_CLIENT = (a_minder, a_set, a_part, a_scored_run, a_known_customer, a_merge_target)


def _say_more(making: Making) -> None:
    """What has no address of its own, and is shown on pages all the same."""
    said = {"organisation_id": making.organisation.pk, "created_at": NOW}
    rule = {"any": [{"trait": "name", "op": "is", "value": f"nobody {making.canary}"}]}
    ExclusionDefinition.objects.create(number=making.mark, rule=rule, note=making.canary, **said)
    batch = IngestBatch.objects.create(
        organisation_id=making.organisation.pk, kind="batch", raw=making.key.encode(), received_at=NOW, state="done"
    )
    RejectedEvent.objects.create(
        batch=batch, position=1, code="unreadable", reason=making.canary, remedy=making.canary,
        original=making.canary.encode(), **said,
    )  # fmt: skip
    AppliedTemplate.objects.create(
        organisation_id=making.organisation.pk, number=1, template_id=new_id(), template_key=making.key,
        template_name=making.canary, version=1, content=with_action("visit", name=making.canary), applied_at=NOW,
    )  # fmt: skip


def _publish_and_score(organisation: Organisation) -> None:
    with organisation_scope(organisation.pk):
        # Numbers differ between organisations, or a foreign number would be an own one.
        published = {
            "number": next(_MARKS),
            "state": "published",
            "full_points_thousandths": 60_000,
            "published_at": NOW,
            "note": "First",
        }
        WeightSet.objects.filter(state="draft").update(**published)
    for day in _days():
        score(organisation_id=organisation.pk, as_of=day, cause="request", now=NOW)


def _days() -> list[date]:
    return [NOW.date() - timedelta(days=back) for back in (30, 2, 1)]  # the ends of two months, and a day
