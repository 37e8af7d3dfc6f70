"""What the pages about publishing say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from engagement.look import numbers
from engagement.look.bands import Bands
from engagement.look.components import Confirm, Progress
from engagement.look.dates import day_text, short_date_text
from engagement.scoring.selectors import weights as reads
from engagement.scoring.selectors.previews import draft_preview
from engagement.scoring.types import DraftPreview, RestatementLine, WeightSetView
from engagement.scoring.views import words
from tenants.models import Organisation

_APPROVAL = "Nothing counts yet: another person who may publish approves it, or sends it back to you."
_NEW_LINE = "Days scored before keep the set they were scored with: a new line starts, and charts mark the change."


def days_text(count: int) -> str:
    """Example: "1 day", "12 days"."""
    return f"{numbers.count_text(count)} day{'' if count == 1 else 's'}"


def outcome(view: WeightSetView) -> str:
    """What an act of publishing came to, in one sentence."""
    if view.state == "proposed":
        return f"Set {view.number} waits for approval by another person. Until then nothing changes."
    if view.state == "scheduled":
        return f"Set {view.number} is scheduled: it counts from {day_text(view.effective_from)}."
    return f"Set {view.number} is published. A scoring has been asked for."


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
    said = [_APPROVAL] if needs_approval else []
    if published is None:
        said.append(f"Set {draft.number} becomes the one that counts, and a scoring of yesterday is asked for at once.")
    else:
        said.append(_from_when(draft, chosen))
    if preview is not None:
        said += _numbers(preview) + _moves(preview, bands)
    if published is not None:
        said.append(_past(chosen))
    said.append("Everybody who sees the scores can read your note.")
    if published is not None:
        said.append(f"You can return to set {published.number} at any time: its numbers then count as a new set.")
    return said


def _from_when(draft: WeightSetView, chosen: Chosen) -> str:
    if chosen.effective_from is not None:
        day = day_text(chosen.effective_from)
        return f"Set {draft.number} counts from {day} on. A day that is still to come can be withdrawn until it begins."
    return (
        f"Set {draft.number} counts from yesterday on, the last finished day, which is scored again; or from the day "
        "you choose."
    )


def _numbers(preview: DraftPreview) -> list[str]:
    now, after = preview.now, preview.draft
    if after is None or after.score is None:
        return []
    text, day = numbers.score_text(after.score, places=2), day_text(preview.as_of)
    if now is None or now.score is None:
        return [f"The score of {day} is {text}, of {numbers.count_text(after.n)} customers."]
    points = [numbers.per_customer_text(level.points_per_customer) for level in (now, after)]
    return [
        f"The score of {day} goes from {numbers.score_text(now.score, places=2)} to {text}.",
        f"Points per customer go from {points[0]} to {points[1]}.",
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
        f"{numbers.count_text(n)} {'customer moves' if n == 1 else 'customers move'} {'up' if will > was else 'down'} "
        f"from {bands.names[was]} to {bands.names[will]}."
        for n, was, will in sorted(pairs, reverse=True)
    ]
    moved = [
        f"{one.name} ({bands.name(one.now.band)} → {bands.name(one.draft.band)})"
        for one in preview.segments[1:]
        if one.now and one.draft and one.now.band and one.draft.band and one.now.band != one.draft.band
    ]
    said = said or ["No customer changes band."]
    return [*said, f"Segments that change band: {', '.join(moved)}." if moved else "No segment changes band."]


def _past(chosen: Chosen) -> str:
    if chosen.restate_from is None:
        return f"{_NEW_LINE} Nobody’s past numbers change."
    return (
        f"Finished days from {day_text(chosen.restate_from)} on are scored again with it, in the background: past "
        "numbers change, and the line as it was stays available."
    )


def approval_consequences(*, view: WeightSetView, today: date) -> list[str]:
    """What approving a proposal does, one sentence each."""
    day = view.effective_from
    when = f"at once, from yesterday ({short_date_text(today - timedelta(days=1))}) on"
    if day is not None and day < today:
        when = f"{when}: the day it was proposed for, {short_date_text(day)}, has passed"
    elif day is not None:
        when = f"from {day_text(day)}{' on, today' if day == today else ', and can be withdrawn until then'}"
    said = [f"Set {view.number} counts {when}."]
    if view.restate_from is not None:
        said.append(
            f"Finished days from {day_text(view.restate_from)} on are scored again with it; both lines stay available."
        )
    else:
        said.append(_NEW_LINE)
    said.append(f"Your name stands beside that of {view.proposed_by or 'who proposed it'} on record.")
    return said


def return_consequences(
    *, view: WeightSetView, current: WeightSetView, left_out: Sequence[str], needs_approval: bool
) -> list[str]:
    """What returning to an earlier set at once does, one sentence each."""
    said = [_APPROVAL] if needs_approval else []
    said.append(
        f"A new set gets the weights, caps, window and full points of set {view.number}, and takes the place of set "
        f"{current.number} from yesterday on."
    )
    own = [part.segment_name for part in view.overrides if not part.is_archived]
    if own:
        said.append(f"So do its own weights for segments: {', '.join(own)}.")
    if left_out:
        said.append(f"Left out, because archived: {', '.join(left_out)}.")
    said.append("An action added since is worth 0.")
    said.append(_NEW_LINE)
    return said


def withdraw_question(*, view: WeightSetView, problems: Sequence[str], back_url: str) -> Confirm:
    """Before a scheduled set is withdrawn."""
    text = (
        f"It was to count from {day_text(view.effective_from)}. What counts now goes on. Set {view.number} stays on "
        "record, and a draft can begin with its numbers."
    )
    return Confirm(
        question=f"Withdraw set {view.number}?",
        consequence=" ".join([*problems, text]),
        button=f"Withdraw set {view.number}",
        back="Keep it scheduled",
        back_url=back_url,
    )


def take_back_question(*, line: RestatementLine, problems: Sequence[str], back_url: str) -> Confirm:
    """Before a restatement is cancelled or taken back."""
    done = f"{days_text(line.done)} that {'has' if line.done == 1 else 'have'} been scored again count as before"
    running = line.state == "running"
    text = f"{done}; the restated runs stay on record. The line as it was is then the only one."
    return Confirm(
        question=f"{'Cancel' if running else 'Take back'} the restatement with set {line.number}?",
        consequence=" ".join([*problems, text]),
        button="Cancel the restatement" if running else "Take it back",
        back="Let it go on" if running else "Keep it",
        back_url=back_url,
    )


def restating_progress(*, line: RestatementLine, urls: tuple[str, str]) -> Progress:
    """How far a restatement is; `urls` are those of the part that changes and of its page."""
    over = line.done + line.failed
    text = f"{over} of {days_text(line.days)} scored again"
    text += f", {line.failed} could not be: {'it stays' if line.failed == 1 else 'they stay'} as before" * bool(
        line.failed
    )
    return Progress(
        key="restatement",
        title=f"Restated from {short_date_text(line.first_day)}",
        text=f"{text}.",
        done=over,
        total=line.days,
        is_finished=line.state == "done",
        url=urls[0],
        page_url=urls[1],
    )
