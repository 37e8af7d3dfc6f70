"""What the component templates take: one frozen value each, words and addresses ready to print."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of two to five exclusive views; each has an address."""

    label: str
    url: str
    current: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A name and its number; `base` is what a share rests on ("2,343 of 2,469"), `url` where it leads."""

    name: str
    value: str
    base: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step of the first run; `end` says how long it takes or, when done, is the link that changes it."""

    title: str
    text: str
    state: Literal["done", "now", "later"] = "later"
    end: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Something that waits for the reader: who, what and why, since when, the one link that does it."""

    who: str
    who_url: str
    what: str
    why: str
    since: str
    do: str
    do_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptLine:
    """times × weight = points; a cap is said in `note` ("12, capped at 10")."""

    action: str
    times: str
    weight: str
    points: str
    share: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The parts of one customer's points; the printed parts add up to the printed total."""

    lines: tuple[ReceiptLine, ...]
    times: str
    points: str
    share: str = ""
    sum: str = ""  # "963 ÷ 60 full points = 1,605 %, counted as 100 at most → 100"


@dataclass(frozen=True, slots=True, kw_only=True)
class Empty:
    """What is missing, the one next act, how long it takes, what will stand here."""

    missing: str
    will_stand: str
    act: str = ""
    url: str = ""
    takes: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirm:
    """A question before something that cannot easily be taken back; answered by one button, or by going back.

    fields: what the form sends besides the confirmation; `types` asks the person to type that very text first.
    """

    question: str
    consequence: str
    button: str
    back_url: str
    back: str = field(default_factory=lambda: _("Go back"))
    is_destructive: bool = True
    fields: tuple[tuple[str, str], ...] = ()
    types: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Work in the background. total None: how much there is is not known yet. `url` answers with this component."""

    key: str
    title: str
    text: str  # "2,000 of 10,000 rows read"
    done: int
    total: int | None
    is_finished: bool
    url: str
    page_url: str
