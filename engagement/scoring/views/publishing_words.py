"""What the pages about publishing say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from engagement.look.bands import Bands
from engagement.look.components import Confirm, Progress
from engagement.scoring.selectors import weights as reads
from engagement.scoring.selectors.previews import draft_preview
from engagement.scoring.types import DraftPreview, RestatementLine, WeightSetView
from engagement.scoring.views import reader as numbers
from engagement.scoring.views import words
from engagement.scoring.views.reader import day_text, short_date_text
from tenants.models import Organisation

_APPROVAL = _lazy("Nothing counts yet: another person who may publish approves it, or sends it back to you.")
_NEW_LINE = _lazy(
    "Days scored before keep the set they were scored with: a new line starts, and charts mark the change."
)


def days_text(count: int) -> str:
    """Example: "1 day", "12 days"."""
    return ngettext("{n} day", "{n} days", count).format(n=numbers.count_text(count))


def scored_again_soon(days: int) -> str:
    """What asking for a restatement came to."""
    said = ngettext(
        "{n} day will be scored again, the newest first.", "{n} days will be scored again, the newest first.", days
    )
    return said.format(n=numbers.count_text(days))


def counts_as_before(days: int) -> str:
    """What taking a restatement back came to."""
    return ngettext("{n} day count as before.", "{n} days count as before.", days).format(n=numbers.count_text(days))


def outcome(view: WeightSetView) -> str:
    """What an act of publishing came to, in one sentence."""
    if view.state == "proposed":
        said = _("Set {number} waits for approval by another person. Until then nothing changes.")
        return said.format(number=view.number)
    if view.state == "scheduled":
        day = day_text(view.effective_from)
        return _("Set {number} is scheduled: it counts from {day}.").format(number=view.number, day=day)
    return _("Set {number} is published. A scoring has been asked for.").format(number=view.number)


@dataclass(frozen=True, slots=True)
class Panel:
    """The set in force beside the one that is to come, as the preview's panel shows them."""

    preview: DraftPreview | None
    rows: tuple[words.PreviewRow, ...]
    published: WeightSetView | None


def preview_part(*, organisation: Organisation, now: datetime) -> Panel:
    """What the draft, or the proposal, would give beside what counts."""
    preview = draft_preview(organisation=organisation, as_of=organisation.last_finished_day(now))
    rows = words.preview_rows(preview=preview, bands=words.bands_of(organisation)) if preview else ()
    return Panel(preview, rows, reads.published_view(organisation=organisation))


@dataclass(frozen=True, slots=True)
class Chosen:
    """The days that were chosen so far; None is at once, and a past that keeps its line."""

    effective_from: date | None = None
    restate_from: date | None = None


def consequences(
    *, draft: WeightSetView, panel: Panel, needs_approval: bool, chosen: Chosen, bands: Bands
) -> list[str]:
    """What publishing a draft does with the days that were chosen, one sentence each."""
    published, preview = panel.published, panel.preview
    said = [str(_APPROVAL)] if needs_approval else []
    if published is None:
        first = _("Set {number} becomes the one that counts, and a scoring of yesterday is asked for at once.")
        said.append(first.format(number=draft.number))
    else:
        said.append(_from_when(draft, chosen))
    if preview is not None:
        said += _numbers(preview) + _moves(preview, bands)
    if published is not None:
        said.append(_past(chosen))
    said.append(_("Everybody who sees the scores can read your note."))
    if published is not None:
        back = _("You can return to set {number} at any time: its numbers then count as a new set.")
        said.append(back.format(number=published.number))
    return said


def _from_when(draft: WeightSetView, chosen: Chosen) -> str:
    if chosen.effective_from is not None:
        return _(
            "Set {number} counts from {day} on. A day that is still to come can be withdrawn until it begins."
        ).format(number=draft.number, day=day_text(chosen.effective_from))
    return _(
        "Set {number} counts from yesterday on, the last finished day, which is scored again; or from the day "
        "you choose."
    ).format(number=draft.number)


def _numbers(preview: DraftPreview) -> list[str]:
    now, after = preview.now, preview.draft
    if after is None or after.score is None:
        return []
    text, day = numbers.score_text(after.score, places=2), day_text(preview.as_of)
    if now is None or now.score is None:
        said = ngettext(
            "The score of {day} is {score}, of {n} customers.",
            "The score of {day} is {score}, of {n} customers.",
            after.n,
        )
        return [said.format(day=day, score=text, n=numbers.count_text(after.n))]
    points = [numbers.per_customer_text(level.points_per_customer) for level in (now, after)]
    return [
        _("The score of {day} goes from {before} to {after}.").format(
            day=day, before=numbers.score_text(now.score, places=2), after=text
        ),
        _("Points per customer go from {before} to {after}.").format(before=points[0], after=points[1]),
    ]


def _moves(preview: DraftPreview, bands: Bands) -> list[str]:
    """Customers who change band, the largest group first, and segments that do."""
    everybody = preview.segments[0] if preview.segments else None
    if everybody is None or everybody.moves is None:
        return []
    pairs = [
        (n, was, will) for was, row in enumerate(everybody.moves) for will, n in enumerate(row) if was != will and n
    ]
    said = [
        _move(n, is_up=will > was).format(n=numbers.count_text(n), was=bands.names[was], will=bands.names[will])
        for n, was, will in sorted(pairs, reverse=True)
    ]
    moved = [
        f"{one.name} ({bands.name(one.now.band)} → {bands.name(one.draft.band)})"
        for one in preview.segments[1:]
        if one.now and one.draft and one.now.band and one.draft.band and one.now.band != one.draft.band
    ]
    said = said or [_("No customer changes band.")]
    if not moved:
        return [*said, _("No segment changes band.")]
    return [*said, _("Segments that change band: {segments}.").format(segments=", ".join(moved))]


def _move(n: int, *, is_up: bool) -> str:
    if is_up:
        return ngettext("{n} customer moves up from {was} to {will}.", "{n} customers move up from {was} to {will}.", n)
    return ngettext("{n} customer moves down from {was} to {will}.", "{n} customers move down from {was} to {will}.", n)


def _past(chosen: Chosen) -> str:
    if chosen.restate_from is None:
        return " ".join([str(_NEW_LINE), _("Nobody’s past numbers change.")])
    return _(
        "Finished days from {day} on are scored again with it, in the background: past numbers change, and the line "
        "as it was stays available."
    ).format(day=day_text(chosen.restate_from))


def approval_consequences(*, view: WeightSetView, today: date) -> list[str]:
    """What approving a proposal does, one sentence each."""
    said = [_approved_from(view, today)]
    if view.restate_from is not None:
        again = _("Finished days from {day} on are scored again with it; both lines stay available.")
        said.append(again.format(day=day_text(view.restate_from)))
    else:
        said.append(str(_NEW_LINE))
    if view.proposed_by:
        said.append(_("Your name stands beside that of {name} on record.").format(name=view.proposed_by))
    else:
        said.append(_("Your name stands beside that of who proposed it on record."))
    return said


def _approved_from(view: WeightSetView, today: date) -> str:
    day = view.effective_from
    if day is not None and day > today:
        said = _("Set {number} counts from {day}, and can be withdrawn until then.")
        return said.format(number=view.number, day=day_text(day))
    if day == today:
        return _("Set {number} counts from {day} on, today.").format(number=view.number, day=day_text(day))
    yesterday = short_date_text(today - timedelta(days=1))
    if day is None:
        said = _("Set {number} counts at once, from yesterday ({yesterday}) on.")
        return said.format(number=view.number, yesterday=yesterday)
    return _(
        "Set {number} counts at once, from yesterday ({yesterday}) on: the day it was proposed for, {day}, has passed."
    ).format(number=view.number, yesterday=yesterday, day=short_date_text(day))


def return_consequences(
    *, view: WeightSetView, current: WeightSetView, left_out: Sequence[str], needs_approval: bool
) -> list[str]:
    """What returning to an earlier set at once does, one sentence each."""
    said = [str(_APPROVAL)] if needs_approval else []
    new = _(
        "A new set gets the weights, caps, window and full points of set {number}, and takes the place of set "
        "{current} from yesterday on."
    )
    said.append(new.format(number=view.number, current=current.number))
    own = [part.segment_name for part in view.overrides if not part.is_archived]
    if own:
        said.append(_("So do its own weights for segments: {segments}.").format(segments=", ".join(own)))
    if left_out:
        said.append(_("Left out, because archived: {actions}.").format(actions=", ".join(left_out)))
    said.append(_("An action added since is worth 0."))
    said.append(str(_NEW_LINE))
    return said


def withdraw_question(*, view: WeightSetView, problems: Sequence[str], back_url: str) -> Confirm:
    """Before a scheduled set is withdrawn."""
    text = _(
        "It was to count from {day}. What counts now goes on. Set {number} stays on record, and a draft can begin "
        "with its numbers."
    ).format(day=day_text(view.effective_from), number=view.number)
    return Confirm(
        question=_("Withdraw set {number}?").format(number=view.number),
        consequence=" ".join([*problems, text]),
        button=_("Withdraw set {number}").format(number=view.number),
        back=_("Keep it scheduled"),
        back_url=back_url,
    )


def take_back_question(*, line: RestatementLine, problems: Sequence[str], back_url: str) -> Confirm:
    """Before a restatement is cancelled or taken back."""
    text = ngettext(
        "{n} day that has been scored again count as before; the restated runs stay on record. The line as it was is "
        "then the only one.",
        "{n} days that have been scored again count as before; the restated runs stay on record. The line as it was is "
        "then the only one.",
        line.done,
    ).format(n=numbers.count_text(line.done))
    running = line.state == "running"
    question = (
        _("Cancel the restatement with set {number}?") if running else _("Take back the restatement with set {number}?")
    )
    return Confirm(
        question=question.format(number=line.number),
        consequence=" ".join([*problems, text]),
        button=_("Cancel the restatement") if running else _("Take it back"),
        back=_("Let it go on") if running else _("Keep it"),
        back_url=back_url,
    )


def restating_progress(*, line: RestatementLine, urls: tuple[str, str]) -> Progress:
    """How far a restatement is; `urls` are those of the part that changes and of its page."""
    over = line.done + line.failed
    return Progress(
        key="restatement",
        title=_("Restated from {day}").format(day=short_date_text(line.first_day)),
        text=_scored_again(line, over=over),
        done=over,
        total=line.days,
        is_finished=line.state == "done",
        url=urls[0],
        page_url=urls[1],
    )


def _scored_again(line: RestatementLine, *, over: int) -> str:
    if not line.failed:
        said = ngettext("{over} of {n} day scored again.", "{over} of {n} days scored again.", line.days)
        return said.format(over=over, n=numbers.count_text(line.days))
    return ngettext(
        "{over} of {days} scored again, {n} could not be: it stays as before.",
        "{over} of {days} scored again, {n} could not be: they stay as before.",
        line.failed,
    ).format(over=over, days=days_text(line.days), n=line.failed)
