"""Why a draft moves the numbers, and what becomes of the order, in sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engagement.look.locales import Locale
from engagement.look.numbers import count_text, decimal_text, share_text, short_text
from engagement.scoring.previewed import Finding, OrderPreview

_ALMOST: Final = Decimal("0.995")  # would print as 1.00


def order_sentence(*, order: OrderPreview, locale: Locale) -> str:
    """What the rank correlation says: "The order of customers hardly changes: 0.98 for 1,171 active customers."."""
    n = count_text(order.n, locale=locale)
    if order.correlation is None:
        said = _("The order cannot be compared: on one side all {n} active customers have as many points.")
        return said.format(n=n)
    if order.is_same:
        return _("Nobody changes places: the {n} active customers keep their order.").format(n=n)
    value = decimal_text(order.correlation, places=2, locale=locale)
    if order.correlation >= _ALMOST:
        value = _("over {value}").format(value=decimal_text(Decimal("0.99"), places=2, locale=locale))
    return _order_words(order.correlation).format(value=value, n=n)


def _order_words(correlation: Decimal) -> str:
    """From each of these correlations on, its sentence."""
    if correlation >= Decimal("0.95"):
        return _("The order of customers hardly changes: a rank correlation of {value} for {n} active customers.")
    if correlation >= Decimal("0.80"):
        return _("The order of customers changes a little: a rank correlation of {value} for {n} active customers.")
    if correlation >= Decimal("0.50"):
        return _("The order of customers changes much: a rank correlation of {value} for {n} active customers.")
    return _("The order of customers is another one: a rank correlation of {value} for {n} active customers.")


def reason_sentences(*, findings: Sequence[Finding], locale: Locale) -> tuple[str, ...]:
    """Each finding as one sentence, in their order."""
    return tuple(_SENTENCES[finding.kind](finding, _Written(finding.figures, locale)) for finding in findings)


class _Written:
    """A finding's figures as text."""

    def __init__(self, figures: Mapping[str, Fraction], locale: Locale) -> None:
        self.figures, self.locale = figures, locale

    def number(self, name: str) -> str:
        return short_text(self.figures[name], most=3, locale=self.locale)

    def count(self, name: str) -> tuple[int, str]:
        """How many customers: for the form of the sentence, and as text."""
        value = int(self.figures[name])
        return value, count_text(value, locale=self.locale)

    @property
    def is_rest(self) -> bool:
        """Whether it is said of those alone who are scored with the set's own numbers."""
        return bool(self.figures.get("rest"))

    def share(self, name: str) -> str:
        return share_text(self.figures[name], locale=self.locale)


def _same(finding: Finding, written: _Written) -> str:
    return _("The draft says the same as the set in force.")


def _scaled(finding: Finding, written: _Written) -> str:
    factor, full = finding.figures["factor"], finding.figures["full_factor"]
    if factor <= 0:
        said = _("All weights are turned round ({factor} times): who had points has them below 0.")
    elif full == factor:
        said = _(
            "All weights are {factor} times as large, and so are all points. Full points follow, so every score stays."
        )
    elif factor > full:
        said = _(
            "All weights are {factor} times as large, and so are all points. "
            "The order stays; the score rises because full points do not follow."
        )
    else:
        said = _(
            "All weights are {factor} times as large, and so are all points. "
            "The order stays; the score falls because full points do not follow."
        )
    return said.format(factor=written.number("factor"))


def _full_points(finding: Finding, written: _Written) -> str:
    if written.is_rest:
        said = _(
            "Full points go from {before} to {after} for all who are scored with the set's own numbers, "
            "which moves the level of their scores."
        )
    elif finding.figures["only"]:
        said = _("Full points go from {before} to {after}: points and order stay, only the level moves.")
    else:
        said = _("Full points go from {before} to {after}, which moves the level of every score.")
    return said.format(before=written.number("before"), after=written.number("after"))


def _window(finding: Finding, written: _Written) -> str:
    said = _("The window is {after} days in place of {before}: other events count.")
    return said.format(before=written.number("before"), after=written.number("after"))


def _half_life(finding: Finding, written: _Written) -> str:
    before, after = finding.figures["before"], finding.figures["after"]
    if not after:
        return _("There is no half-life any more: older events count whole.")
    if not before:
        said = _("Events count half after {days} days: older ones give fewer points.")
        return said.format(days=written.number("after"))
    said = _("The half-life is {after} days in place of {before}.")
    return said.format(before=written.number("before"), after=written.number("after"))


def _action(finding: Finding, written: _Written) -> str:
    did, _text = written.count("n_did")
    said = _(
        "{action} {before} → {after}: {who_did}; it gives {share_after} of all points, {share_before} now."
    ).format(
        action=finding.action_name,
        before=written.number("before"),
        after=written.number("after"),
        who_did=_who_did(written),
        share_after=written.share("share_after"),
        share_before=written.share("share_before"),
    )
    fixed = int(finding.figures["n_full"])
    if not fixed:
        return said
    share = share_text(Fraction(fixed, did), places=0, locale=written.locale)
    return " ".join(
        (said, _("{share} of them score 100 before and after, so it cannot move them.").format(share=share))
    )


def _who_did(written: _Written) -> str:
    n, text = written.count("n_did")
    if written.is_rest:
        return ngettext(
            "{n} customer with the set's own numbers did it", "{n} customers with the set's own numbers did it", n
        ).format(n=text)
    return ngettext("{n} customer did it", "{n} customers did it", n).format(n=text)


def _never_done(finding: Finding, written: _Written) -> str:
    said = _("{action} never occurred in the window: its weight and cap move nothing yet.")
    if written.is_rest:
        said = _("Nobody scored with the set's own numbers did {action} in the window: it moves nothing yet.")
    return said.format(action=finding.action_name)


def _cap(finding: Finding, written: _Written) -> str:
    before, after = finding.figures["before"], finding.figures["after"]
    if not after:
        n, text = written.count("n_before")
        return ngettext(
            "{action} has no cap any more: it had held {n} customer.",
            "{action} has no cap any more: it had held {n} customers.",
            n,
        ).format(action=finding.action_name, n=text)
    if not before:
        said = _("{action} counts {after} times at most: {who_did}.")
        return said.format(action=finding.action_name, after=written.number("after"), who_did=_who_did_more(written))
    said = _("{action} counts {after} times at most in place of {before}: {who_did}, {n_before} passed the cap before.")
    return said.format(
        action=finding.action_name,
        after=written.number("after"),
        before=written.number("before"),
        who_did=_who_did_more(written),
        n_before=written.number("n_before"),
    )


def _who_did_more(written: _Written) -> str:
    n, text = written.count("n_after")
    if written.is_rest:
        return ngettext(
            "{n} customer with the set's own numbers did it more often",
            "{n} customers with the set's own numbers did it more often",
            n,
        ).format(n=text)
    return ngettext("{n} customer did it more often", "{n} customers did it more often", n).format(n=text)


def _own_new(finding: Finding, written: _Written) -> str:
    n, text = written.count("n")
    return ngettext(
        "{segment} gets weights of its own, with full points {full_points}: {n} customer is scored with them.",
        "{segment} gets weights of its own, with full points {full_points}: {n} customers are scored with them.",
        n,
    ).format(segment=finding.segment_name, full_points=written.number("after"), n=text)


def _own_changed(finding: Finding, written: _Written) -> str:
    n, text = written.count("n")
    return ngettext(
        "The own weights of {segment} change ({what}): {n} customer is scored with them.",
        "The own weights of {segment} change ({what}): {n} customers are scored with them.",
        n,
    ).format(segment=finding.segment_name, what=_own_what(finding, written), n=text)


def _own_what(finding: Finding, written: _Written) -> str:
    """What of own weights changes: weights and caps, full points, or both."""
    n, figures = int(finding.figures["n_actions"]), finding.figures
    before, after = written.number("before"), written.number("after")
    if figures["before"] == figures["after"]:
        return ngettext("{n} weight or cap", "{n} weights or caps", n).format(n=n) if n else ""
    if not n:
        return _("full points from {before} to {after}").format(before=before, after=after)
    return ngettext(
        "{n} weight or cap and full points from {before} to {after}",
        "{n} weights or caps and full points from {before} to {after}",
        n,
    ).format(n=n, before=before, after=after)


def _own_gone(finding: Finding, written: _Written) -> str:
    n, text = written.count("n")
    return ngettext(
        "{segment} has no weights of its own any more: {n} customer is scored with the set's own numbers.",
        "{segment} has no weights of its own any more: {n} customers are scored with the set's own numbers.",
        n,
    ).format(segment=finding.segment_name, n=text)


def _below_zero(finding: Finding, written: _Written) -> str:
    n, text = written.count("after")
    return ngettext(
        "Weights below 0 leave {n} customer with points below 0 ({before} now): they score 0, however far below.",
        "Weights below 0 leave {n} customers with points below 0 ({before} now): they score 0, however far below.",
        n,
    ).format(n=text, before=written.number("before"))


_SENTENCES: Final[Mapping[str, Callable[[Finding, _Written], str]]] = {
    "same": _same,
    "scaled": _scaled,
    "full_points": _full_points,
    "window": _window,
    "half_life": _half_life,
    "action": _action,
    "never_done": _never_done,
    "cap": _cap,
    "own_new": _own_new,
    "own_changed": _own_changed,
    "own_gone": _own_gone,
    "below_zero": _below_zero,
}
