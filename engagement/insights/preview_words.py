"""Why a draft moves the numbers, and what becomes of the order, in sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Final

from engagement.look.locales import Locale
from engagement.look.numbers import count_text, decimal_text, share_text, short_text
from engagement.scoring.previewed import Finding, OrderPreview

# From this correlation on, the sentence; the last one holds below all.
_ORDERS: Final = (
    (Decimal("0.95"), "The order of customers hardly changes"),
    (Decimal("0.80"), "The order of customers changes a little"),
    (Decimal("0.50"), "The order of customers changes much"),
    (Decimal(-2), "The order of customers is another one"),
)
_ALMOST: Final = Decimal("0.995")  # would print as 1.00


def order_sentence(*, order: OrderPreview, locale: Locale) -> str:
    """What the rank correlation says: "The order of customers hardly changes: 0.98 for 1,171 active customers."."""
    base = f"{count_text(order.n, locale=locale)} active customers"
    if order.correlation is None:
        return f"The order cannot be compared: on one side all {base} have as many points."
    if order.is_same:
        return f"Nobody changes places: the {base} keep their order."
    words = next(text for least, text in _ORDERS if order.correlation >= least)
    value = "over 0.99" if order.correlation >= _ALMOST else decimal_text(order.correlation, places=2, locale=locale)
    return f"{words}: a rank correlation of {value} for {base}."


def reason_sentences(*, findings: Sequence[Finding], locale: Locale) -> tuple[str, ...]:
    """Each finding as one sentence, in their order."""
    return tuple(_SENTENCES[finding.kind](finding, _Written(finding.figures, locale)) for finding in findings)


class _Written:
    """A finding's figures as text."""

    def __init__(self, figures: Mapping[str, Fraction], locale: Locale) -> None:
        self.figures, self.locale = figures, locale

    def number(self, name: str) -> str:
        return short_text(self.figures[name], most=3, locale=self.locale)

    def count(self, name: str, one: str = "customer", many: str = "customers") -> str:
        value = self.figures[name]
        return f"{count_text(value, locale=self.locale)} {one if value == 1 else many}"

    @property
    def is_rest(self) -> bool:
        """Whether it is said of those alone who are scored with the set's own numbers."""
        return bool(self.figures.get("rest"))

    def share(self, name: str) -> str:
        return share_text(self.figures[name], locale=self.locale)


def _same(finding: Finding, written: _Written) -> str:
    return "The draft says the same as the set in force."


def _scaled(finding: Finding, written: _Written) -> str:
    factor, full = finding.figures["factor"], finding.figures["full_factor"]
    said = f"All weights are {written.number('factor')} times as large, and so are all points."
    if factor <= 0:
        return f"All weights are turned round ({written.number('factor')} times): who had points has them below 0."
    if full == factor:
        return f"{said} Full points follow, so every score stays."
    direction = "rises" if factor > full else "falls"
    return f"{said} The order stays; the score {direction} because full points do not follow."


def _full_points(finding: Finding, written: _Written) -> str:
    said = f"Full points go from {written.number('before')} to {written.number('after')}"
    if written.is_rest:
        return f"{said} for all who are scored with the set's own numbers, which moves the level of their scores."
    if finding.figures["only"]:
        return f"{said}: points and order stay, only the level moves."
    return f"{said}, which moves the level of every score."


def _window(finding: Finding, written: _Written) -> str:
    return f"The window is {written.number('after')} days in place of {written.number('before')}: other events count."


def _half_life(finding: Finding, written: _Written) -> str:
    before, after = finding.figures["before"], finding.figures["after"]
    if not after:
        return "There is no half-life any more: older events count whole."
    if not before:
        return f"Events count half after {written.number('after')} days: older ones give fewer points."
    return f"The half-life is {written.number('after')} days in place of {written.number('before')}."


def _action(finding: Finding, written: _Written) -> str:
    did = int(finding.figures["n_did"])
    said = (
        f"{finding.action_name} {written.number('before')} → {written.number('after')}: "
        f"{_who(written, 'n_did')} did it; it gives {written.share('share_after')} of all points, "
        f"{written.share('share_before')} now."
    )
    fixed = int(finding.figures["n_full"])
    if not fixed:
        return said
    share = share_text(Fraction(fixed, did), places=0, locale=written.locale)
    return f"{said} {share} of them score 100 before and after, so it cannot move them."


def _never_done(finding: Finding, written: _Written) -> str:
    if written.is_rest:
        return (
            f"Nobody scored with the set's own numbers did {finding.action_name} in the window: it moves nothing yet."
        )
    return f"{finding.action_name} never occurred in the window: its weight and cap move nothing yet."


def _cap(finding: Finding, written: _Written) -> str:
    before, after = finding.figures["before"], finding.figures["after"]
    capped = f"{_who(written, 'n_after')} did it more often"
    if not after:
        return f"{finding.action_name} has no cap any more: it had held {written.count('n_before')}."
    if not before:
        return f"{finding.action_name} counts {written.number('after')} times at most: {capped}."
    return (
        f"{finding.action_name} counts {written.number('after')} times at most in place of {written.number('before')}: "
        f"{capped}, {written.number('n_before')} passed the cap before."
    )


def _who(written: _Written, name: str) -> str:
    return written.count(name) + (" with the set's own numbers" if written.is_rest else "")


def _own_new(finding: Finding, written: _Written) -> str:
    return (
        f"{finding.segment_name} gets weights of its own, with full points {written.number('after')}: "
        f"{written.count('n')} {_are(finding)} scored with them."
    )


def _own_changed(finding: Finding, written: _Written) -> str:
    n_actions, figures = int(finding.figures["n_actions"]), finding.figures
    said = []
    if n_actions:
        said.append(f"{n_actions} {'weight or cap' if n_actions == 1 else 'weights or caps'}")
    if figures["before"] != figures["after"]:
        said.append(f"full points from {written.number('before')} to {written.number('after')}")
    return (
        f"The own weights of {finding.segment_name} change ({' and '.join(said)}): "
        f"{written.count('n')} {_are(finding)} scored with them."
    )


def _own_gone(finding: Finding, written: _Written) -> str:
    return (
        f"{finding.segment_name} has no weights of its own any more: {written.count('n')} {_are(finding)} scored with "
        "the set's own numbers."
    )


def _are(finding: Finding) -> str:
    return "is" if finding.figures["n"] == 1 else "are"


def _below_zero(finding: Finding, written: _Written) -> str:
    return (
        f"Weights below 0 leave {written.count('after')} with points below 0 ({written.number('before')} now): "
        "they score 0, however far below."
    )


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
