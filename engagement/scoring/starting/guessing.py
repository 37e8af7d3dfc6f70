"""What the name of an event most likely means. A guess is shown and confirmed by a person; nothing counts by itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from engagement.scoring.models import Channel


@dataclass(frozen=True, slots=True)
class Guess:
    """A kind of action, the name it would bear and where it happens. `kind` is what an industry's weights go by."""

    kind: str
    english: str
    channel: str

    @property
    def name(self) -> str:
        """In the language of who is asked: what they confirm is stored as it stands there."""
        return _(self.english)


KINDS: Final[Mapping[str, Guess]] = {
    guess.kind: guess
    for guess in (
        Guess("purchase", gettext_noop("Purchase"), Channel.PURCHASE.value),
        Guess("basket", gettext_noop("Added to basket"), Channel.WEBSITE.value),
        Guess("signup", gettext_noop("Signed up"), Channel.WEBSITE.value),
        Guess("email_click", gettext_noop("E-mail clicked"), Channel.EMAIL.value),
        Guess("email_open", gettext_noop("E-mail opened"), Channel.EMAIL.value),
        Guess("social", gettext_noop("Social interaction"), Channel.SOCIAL.value),
        Guess("support", gettext_noop("Support contact"), Channel.SUPPORT.value),
        Guess("survey", gettext_noop("Feedback given"), Channel.SURVEY.value),
        Guess("offline", gettext_noop("Visit in person"), Channel.OFFLINE.value),
        Guess("app", gettext_noop("App opened"), Channel.APP.value),
        Guess("visit", gettext_noop("Visit"), Channel.WEBSITE.value),
    )
}
# Kind by words of the name, the first that fits: all words of one of the sets have to be there.
_SIGNS: Final[tuple[tuple[str, tuple[frozenset[str], ...]], ...]] = tuple(
    (kind, tuple(frozenset(words.split()) for words in signs.split(",")))
    for kind, signs in (
        ("email_click", "email click,email clicked,email link,newsletter click,newsletter clicked"),
        ("email_open", "email open,email opened,newsletter open,newsletter opened,mail opened"),
        ("basket", "cart,basket,checkout started,wishlist"),
        (
            "purchase",
            "order completed,order paid,order placed,checkout completed,purchase,purchased,transaction,bought,paid",
        ),
        ("signup", "signed up,sign up,signup,registered,registration,subscribed,trial started,account created"),
        ("social", "social,shared,share,liked,like,followed,follow,comment,commented,mention,retweet"),
        ("support", "support,ticket,chat,complaint,helpdesk"),
        ("survey", "survey,nps,feedback,review,rating,rated"),
        ("offline", "store visit,store,branch,event attended,checkin,check in,appointment"),
        ("app", "app opened,application opened,app open,app,screen"),
        ("visit", "page,visit,visited,session,pageview,viewed,view,home"),
    )
)  # fmt: skip
# What is taken back or went wrong is nothing to count as engagement without somebody having thought about it.
_AGAINST: Final = frozenset(
    {
        "refund", "refunded", "cancel", "cancelled", "canceled", "unsubscribe", "unsubscribed", "removed", "remove",
        "deleted", "failed", "failure", "error", "abandoned", "bounced", "returned", "return", "uninstalled",
        "uninstall", "spam", "test",
    }
)  # fmt: skip
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[a-z]+|\d+")


def guess(event_name: str) -> Guess | None:
    """What an event of this name most likely is; None where the name says too little, or says that it was undone.

    >>> guess("Order Completed").name, guess("emailOpened").channel, guess("order_refunded"), guess("x17")
    ('Purchase', 'email', None, None)
    """
    words = frozenset(_words(event_name))
    if words & _AGAINST:
        return None
    for kind, signs in _SIGNS:
        if any(sign <= words for sign in signs):
            return KINDS[kind]
    return None


def kind_of(*, name: str, event_names: tuple[str, ...], channel: str) -> str:
    """The kind of an action that is defined: by its name, else by its events, else by its channel.

    A name as it is proposed is of that kind, whatever words it is made of ("Visit in person" is no visit of a website).

    >>> kind_of(name="Till receipt", event_names=("purchase",), channel="purchase")
    'purchase'
    >>> kind_of(name="Visit in person", event_names=("Store Visit",), channel="offline")
    'offline'
    """
    proposed = next((kind for kind in KINDS.values() if name in {kind.english, kind.name}), None)
    if proposed is not None:
        return proposed.kind
    found = next((kind for text in (name, *event_names) if (kind := guess(text))), None)
    by_channel = next((kind for kind in KINDS.values() if kind.channel == channel), KINDS["visit"])
    return (found or by_channel).kind


def _words(name: str) -> list[str]:
    """Small words of a name in any common writing; "e-mail" is one word."""
    joined = re.sub(r"(?i)\be[-_ ]mail", "email", name)
    return [word.lower() for word in _WORD.findall(joined)]
