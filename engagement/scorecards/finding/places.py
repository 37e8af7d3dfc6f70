"""The places that fit what was typed: clients, segments, customers and pages, the best first, only what opens.

Whose they are is asked once, of the reach: an organisation somebody cannot open is not among the actor's reaches, a
page opens where its view says so, segments and customers are those that the limit of a membership allows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from engagement.insights.selectors import finding, limited
from engagement.insights.selectors.comparing import run_for
from engagement.scorecards.finding.matching import (
    ALSO,
    BEGINNING,
    INSIDE,
    WHOLE,
    Words,
    folded,
    grade,
    without,
    words_of,
)
from engagement.scorecards.finding.offering import OFFERERS
from engagement.scorecards.finding.pages import ACCOUNT, OPERATE, Page, pages_of
from engagement.scoring.models import ScoreRun
from tenants.actor import Actor, Reach
from tenants.limits import customers_within
from tenants.models import Organisation
from tenants.permissions import Permission

SHOWN = 20
_CUSTOMERS = 8
_OFFERED = 5
_CLIENT, _PAGE, _SEGMENT, _OFFER, _CUSTOMER = range(5)  # the order among places that fit equally well


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A place that fits: its name, what it is and where, its address."""

    name: str
    about: str
    url: str


@dataclass(frozen=True, slots=True, order=True)
class _Rank:
    """Whole names before beginnings before the rest; within that what is here, then by kind and name."""

    grade: int
    is_elsewhere: bool
    kind: int
    position: int
    name: str


_Ranked = tuple[_Rank, Hit]


def found(
    *, actor: Actor, here: Reach | None, organisation: Organisation | None, text: str, now: datetime
) -> tuple[Hit, ...]:
    """Up to 20 places; with nothing typed the organisations one reaches, that of the page first.

    Segments and customers are of `organisation`, the one in scope, and of no other; None: neither is looked for.
    """
    if not text.strip():
        return tuple(_organisation(reach) for reach in _near_first(actor, here))[:SHOWN]
    asked = words_of(text)
    ranked = [*_organisations(actor, here, asked), *_pages(actor, here, asked), *_account(actor, asked)]
    if here is not None and organisation is not None and not here.is_firm:
        ranked += _offered(here, organisation, asked)
        ranked += _inside(here, organisation, text.strip(), asked, now)
    return tuple(hit for _rank, hit in sorted(ranked, key=lambda one: one[0]))[:SHOWN]


def _near_first(actor: Actor, here: Reach | None) -> list[Reach]:
    return sorted(actor.reaches, key=lambda reach: reach != here)


# ── organisations ────────────────────────────────────────────────────────────────────────────────────────────


def _organisation(reach: Reach) -> Hit:
    url = reverse("portfolio" if reach.is_firm else "scorecard", args=[reach.slug])
    return Hit(name=reach.name, about=_("firm") if reach.is_firm else _("client"), url=url)


def _organisations(actor: Actor, here: Reach | None, asked: Words) -> Iterator[_Ranked]:
    for reach in actor.reaches:
        fit = grade(asked, reach.name, reach.slug)
        if fit is not None:
            yield _Rank(fit, reach != here, _CLIENT, 0, folded(reach.name)), _organisation(reach)


# ── pages ────────────────────────────────────────────────────────────────────────────────────────────────────


def _pages(actor: Actor, here: Reach | None, asked: Words) -> Iterator[_Ranked]:
    """Of the organisation one is in by their own words; of others once they are named as well."""
    for reach in actor.reaches:
        rest = without(asked, reach.name)
        is_named = 0 < len(rest) < len(asked)
        if reach != here and not is_named:
            continue
        for position, (page, url) in enumerate(pages_of(reach)):
            fits = [_grade(rest, page)] if is_named else []
            fits += [_grade(asked, page)] if reach == here else []
            known = [fit for fit in fits if fit is not None]
            if known:
                hit = Hit(name=_(page.title), about=_("page · {name}").format(name=reach.name), url=url)
                yield _Rank(min(known), reach != here, _PAGE, position, ""), hit


def _grade(asked: Words, page: Page) -> int | None:
    """By the words of the language that is on, and by the English ones after them."""
    return grade(asked, _(page.title), f"{_(page.also)} {page.title} {page.also}")


def _account(actor: Actor, asked: Words) -> Iterator[_Ranked]:
    """Pages of one's own, and the one that only operators have."""
    is_operator = actor.user is not None and actor.user.is_staff
    pages: Iterable[Page] = (*ACCOUNT, OPERATE) if is_operator else ACCOUNT
    for position, page in enumerate(pages):
        fit = _grade(asked, page)
        if fit is not None:
            hit = Hit(name=_(page.title), about=_("page · your account"), url=reverse(page.route))
            yield _Rank(fit, True, _PAGE, position, ""), hit


# ── what later steps offer ───────────────────────────────────────────────────────────────────────────────────


def _offered(here: Reach, organisation: Organisation, asked: Words) -> Iterator[_Ranked]:
    """A few, behind places that fit as well: whoever types a name mostly wants to go there. A whole name is meant."""
    offered = [offer for offerer in OFFERERS.values() for offer in offerer(here, organisation)]
    graded = [(grade(asked, offer.name, offer.also), position, offer) for position, offer in enumerate(offered)]
    fitting = sorted((fit, position, offer) for fit, position, offer in graded if fit is not None and fit < INSIDE)
    for fit, position, offer in fitting[:_OFFERED]:
        hit = Hit(name=offer.name, about=offer.about, url=offer.url)
        yield _Rank(fit if fit == WHOLE else INSIDE, False, _OFFER, position, ""), hit


# ── segments and customers ───────────────────────────────────────────────────────────────────────────────────


def _inside(here: Reach, organisation: Organisation, text: str, asked: Words, now: datetime) -> Iterator[_Ranked]:
    """Their pages show a scoring: before the first one there are none."""
    run = run_for(organisation=organisation, now=now, as_of=None)
    if run is None:
        return
    yield from _segments(here, run, asked)
    if here.may(Permission.VIEW):
        yield from _customers(here, organisation, text, now)


def _segments(here: Reach, run: ScoreRun, asked: Words) -> Iterator[_Ranked]:
    keys, kind = limited.keys_within(here.limit), _("segment")
    for position, segment in enumerate(finding.segments_to_open(run=run, keys=keys)):
        fit = grade(asked, segment.name, f"{segment.set_name} segment {kind}")
        if fit is not None:
            about = _("segment · {set}").format(set=segment.set_name) if segment.set_name else kind
            hit = Hit(name=segment.name, about=about, url=reverse("segment", args=[here.slug, segment.key]))
            yield _Rank(fit, False, _SEGMENT, position, ""), hit


def _customers(here: Reach, organisation: Organisation, text: str, now: datetime) -> Iterator[_Ranked]:
    """By the beginning of their id, or by their whole e-mail address."""
    among = customers_within(organisation=organisation, limit=here.limit, now=now)
    named = finding.customers_beginning(organisation=organisation, text=text, limit=_CUSTOMERS, among=among)
    for position, customer in enumerate(named):
        begins = customer.external_id.startswith(text)
        fit = WHOLE if customer.external_id == text else BEGINNING if begins else ALSO
        about = _("customer") if customer.identified else _("visitor")
        hit = Hit(name=customer.external_id, about=about, url=reverse("customer", args=[here.slug, customer.number]))
        yield _Rank(fit, False, _CUSTOMER, position, ""), hit
