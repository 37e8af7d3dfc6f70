"""Evidence about activity: who is silent, which channels and actions bring the points, why the score moved."""

from __future__ import annotations

from fractions import Fraction

from django.utils.translation import gettext as _

from engagement.guidance.evidence.speaking import known, says, unknown
from engagement.guidance.evidence.subject import Subject
from engagement.guidance.types import Evidence
from engagement.insights.explaining import CauseTerm, Explanation
from engagement.insights.types import Figures
from engagement.look.numbers import delta_text, share_text, share_with_base
from engagement.scorecards.present.explaining import NAMES
from engagement.scorecards.words.findings import is_unchanged
from engagement.scoring.models import Channel

_WHOLE_CHANGE_PLACES = 2


@says("silent")
def silent(subject: Subject, figures: Figures) -> Evidence:
    """How many did nothing that counts within the window."""
    count = figures.n - figures.n_active
    share = share_with_base(part=count, whole=figures.n, locale=subject.terms.locale)
    said = _(
        "In your data {share} of customers ({base}) did nothing that counts in {days} days. Each counts as 0 and pulls"
        " the score down: they are counted on purpose."
    )
    text = said.format(share=share.text, base=share.base, days=subject.run.window_days)
    return Evidence(
        key="silent", text=text, is_known=True, url=subject.url, link=figures.segment_name,
        figures=known(silent=count, customers=figures.n),
    )  # fmt: skip


@says("active-share")
def active_share(subject: Subject, figures: Figures) -> Evidence:
    """How many did anything that counts."""
    share = share_with_base(part=figures.n_active, whole=figures.n, locale=subject.terms.locale)
    said = _("In your data {share} of customers ({base}) did at least one thing that counts in {days} days.")
    text = said.format(share=share.text, base=share.base, days=subject.run.window_days)
    return Evidence(
        key="active-share", text=text, is_known=True, url=subject.url, link=figures.segment_name,
        figures=known(active=figures.n_active, customers=figures.n, share=figures.active_share),
    )  # fmt: skip


@says("channels")
def channels(subject: Subject, figures: Figures) -> Evidence:
    """How many use more than one channel."""
    share = share_with_base(part=figures.n_multi_channel, whole=figures.n, locale=subject.terms.locale)
    said = _("In your data {share} of customers ({base}) were active on two or more channels in {days} days.")
    text = said.format(share=share.text, base=share.base, days=subject.run.window_days)
    return Evidence(
        key="channels", text=text, is_known=True, url=subject.url, link=figures.segment_name,
        figures=known(multi_channel=figures.n_multi_channel, customers=figures.n, share=figures.multi_channel_share),
    )  # fmt: skip


def channel_shares(figures: Figures) -> dict[str, Fraction]:
    """Each channel's part in the points, the largest first; empty where shares would mean nothing.

    That is where there are no points, and where a negative weight takes some away.
    """
    by_channel = figures.channels()
    total = sum(by_channel.values(), Fraction(0))
    if total <= 0 or any(value < 0 for value in by_channel.values()):
        return {}
    return {key: value / total for key, value in sorted(by_channel.items(), key=lambda pair: (-pair[1], pair[0]))}


@says("channel-share")
def channel_share(subject: Subject, figures: Figures) -> Evidence:
    """Which channel brings most of the points."""
    shares = channel_shares(figures)
    if not shares:
        text = _("In your data shares by channel say nothing: there are no points, or negative weights take some away.")
        return unknown("channel-share", text)
    locale = subject.terms.locale
    listed = ", ".join(
        _("{channel} {share}").format(channel=Channel(key).label, share=share_text(value, locale=locale))
        for key, value in shares.items()
    )
    text = _("In your data the points come from: {list}.").format(list=listed)
    return Evidence(
        key="channel-share", text=text, is_known=True, url=f"{subject.url}#h-actions", link=figures.segment_name,
        figures=known(**{key.replace("-", "_"): value for key, value in shares.items()}),
    )  # fmt: skip


@says("top-action")
def top_action(subject: Subject, figures: Figures) -> Evidence:
    """Which action brings most of the points."""
    actions = [action for action in figures.actions if action.points > 0]
    total = sum((action.points for action in figures.actions), Fraction(0))
    if not actions or total <= 0 or any(action.points < 0 for action in figures.actions):
        text = _("In your data no action brings points yet, or negative weights take some away, so none leads.")
        return unknown("top-action", text)
    most = max(actions, key=lambda action: action.points)
    done_by = share_with_base(part=most.customers, whole=figures.n, locale=subject.terms.locale)
    said = _("In your data {action} brings {share} of all points; {done} of customers did it ({base}).")
    share = share_text(most.points / total, locale=subject.terms.locale)
    text = said.format(action=most.name, share=share, done=done_by.text, base=done_by.base)
    return Evidence(
        key="top-action", text=text, is_known=True, url=f"{subject.url}#h-actions", link=figures.segment_name,
        figures=known(share=most.points / total, customers=most.customers),
    )  # fmt: skip


def largest_cause(found: Explanation) -> CauseTerm | None:
    """What moved a number most; None without a ledger, and where nothing moved it."""
    most = max(found.terms, key=lambda term: abs(term.value), default=None)
    return most if most is not None and most.value else None


def cause_words(found: Explanation, subject: Subject) -> str:
    """The largest cause of a change with what it gave: "New activity +1.70"."""
    most = largest_cause(found)
    if most is None:
        return found.reason or _("nothing moved it")
    value = delta_text(most.value, places=_WHOLE_CHANGE_PLACES, locale=subject.terms.locale)
    return f"{NAMES[most.cause]} {value}"


@says("largest-cause")
def largest_cause_of_score(subject: Subject, figures: Figures) -> Evidence:
    """What moved the score most from one finished period to the next."""
    found = subject.explained
    if found.change is None or largest_cause(found) is None:
        text = _("In your data no cause can be named: {reason}").format(
            reason=found.reason or _("the score did not move.")
        )
        return unknown("largest-cause", text)
    change = delta_text(found.change, places=_WHOLE_CHANGE_PLACES, locale=subject.terms.locale)
    cause = cause_words(found, subject)
    if is_unchanged(found.change, found.half_width_95):
        said = _("In your data the score moved by {change}, which chance alone may do; the largest part is {cause}.")
    else:
        said = _("In your data the score moved by {change} between the last two finished periods, mostly by {cause}.")
    note = _("That is how the number came about, not why people acted.")
    most = largest_cause(found)
    return Evidence(
        key="largest-cause", text=f"{said.format(change=change, cause=cause)} {note}", is_known=True,
        figures=known(change=found.change, cause=most.value if most else None), url=subject.why_url,
        link=_("Why the score moved"),
    )  # fmt: skip
