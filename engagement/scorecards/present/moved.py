"""What changed and why, on the scorecard: the ledger as a waterfall, or what each segment added."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from engagement.errors import InvalidInputError
from engagement.insights.explaining import Explanation
from engagement.insights.terms import Terms
from engagement.look.components import Choice
from engagement.scorecards.present.explaining import ExplanationPanel, explanation_panel
from engagement.scorecards.words.splits import split_sentence

CAUSE, SEGMENT = "cause", "segment"
SPLITS = (CAUSE, SEGMENT)
_PLACES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedPanel:
    """`ledger` is None where the change is shown by segment; `mix` is the same change by mix and rate, or nothing."""

    splits: tuple[Choice, ...]
    ledger: ExplanationPanel | None
    runs: str
    mix: str
    why_not: str  # why there is no ledger, where one was asked for


def split_asked(text: str) -> str:
    """How a change is to be split, or nothing for the page's own choice; raises InvalidInputError."""
    if text and text not in SPLITS:
        raise InvalidInputError(fields={"split": [_("Choose one of {list}.").format(list=", ".join(SPLITS))]})
    return text


def moved_panel(
    *, found: Explanation, split: str, query: Mapping[str, str], set_key: str, terms: Terms
) -> MovedPanel | None:
    """The ledger of the change that the scorecard shows; None where nothing is compared.

    By cause where there is a ledger that moved, else by segment. `set_key` names the partition of mix and rate.
    """
    if found.before_run is None:
        return None
    panel = explanation_panel(found=found, terms=terms)
    shown = split or (CAUSE if panel.chart else SEGMENT)
    return MovedPanel(
        splits=tuple(
            Choice(
                label=label,
                url="?" + urlencode({**query, "split": code}) + "#h-change",
                current=code == shown,
            )
            for code, label in ((CAUSE, _("Cause")), (SEGMENT, _("Segment")))
        ),
        ledger=panel if shown == CAUSE and not panel.reason else None,
        runs=_runs(found),
        mix=_mix(found, set_key, terms),
        why_not=panel.reason if shown == CAUSE else "",
    )


def _runs(found: Explanation) -> str:
    before, after = found.weight_sets or (None, None)
    if found.weight_sets is None:
        said = _("Run {first} and run {last}, weight sets of their days.")
    elif before == after:
        said = _("Run {first} and run {last}, weight set {after}.")
    else:
        said = _("Run {first} and run {last}, weight sets {before} and {after}.")
    return said.format(first=found.before_run, last=found.after_run, before=before, after=after)


def _mix(found: Explanation, set_key: str, terms: Terms) -> str:
    """Example: "By Plan, 76 → 70: mix −8, rate +2."; nothing where the set does not split the change."""
    change = next((one for one in found.partitions if one.set_key == set_key), None)
    said = split_sentence(change=change, terms=terms, places=_PLACES) if change else ""
    return _("By {name}, {split}.").format(name=change.set_name, split=said) if change and said else ""
