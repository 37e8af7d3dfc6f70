"""Room for words: how wide a label is at most, where it lies, whether two of them touch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from engagement.look.charts.marks import Text
from engagement.look.exact import exact

# The narrowest drawing: a 320 px screen less the page's own margins. Where labels are clear of each other here they
# are clear at every width, because all positions are in per cent and labels never grow.
NARROW = 288
# The narrowest drawing on a screen wide enough to show what `hide-narrow` hides.
WIDE = 360
FONT_SIZE = 12
LINE = 13  # from one baseline to the next
EDGE = 12  # what a label may reach beyond the drawing: less than the page's margin

# Advance widths of DejaVu Sans in thousandths of the font size, the widest font a reader is likely to have.
_WIDTHS = {
    **dict.fromkeys("ijlIJ", 295),
    **dict.fromkeys(" .,:;|'", 337),
    **dict.fromkeys("fr-t()[]", 412),
    **dict.fromkeys("–sz", 525),
    **dict.fromkeys("cFkLvxy", 592),
    **dict.fromkeys("mMW%@", 989),
    **dict.fromkeys("w±−+=÷×", 838),
    **dict.fromkeys("ABCDGHKNOQRUVXZÄÖÜ&", 787),
}
_OTHER = 636
_BOLD = Fraction(113, 100)


def width_of(label: Text) -> Fraction:
    """The width of a label in pixels at most, in the widest likely font; bold (`key`) is 13 % wider."""
    thousandths = sum(_WIDTHS.get(sign, _OTHER) for sign in label.text)
    size = Fraction(thousandths * FONT_SIZE, 1000)
    return size * _BOLD if "key" in label.css or "note-n" in label.css else size


def span_of(label: Text, *, width: int) -> tuple[Fraction, Fraction]:
    """Where a label begins and ends, in pixels, in a drawing of that width."""
    start = exact(label.x) * width / 100 + label.dx
    length = width_of(label)
    if label.anchor == "end":
        start -= length
    elif label.anchor == "middle":
        start -= length / 2
    return start, start + length


def fits(label: Text, *, width: int = NARROW, edge: int = 2) -> bool:
    start, end = span_of(label, width=width)
    return start >= -edge and end <= width + edge


def touch(first: Text, second: Text, *, width: int = NARROW, gap: int = 3) -> bool:
    """Whether two labels come closer than `gap` pixels across on lines closer than a line's height."""
    if abs(exact(first.y) - exact(second.y)) >= LINE:
        return False
    one, other = span_of(first, width=width), span_of(second, width=width)
    return one[0] < other[1] + gap and other[0] < one[1] + gap


def touches_any(label: Text, others: Iterable[Text], *, width: int = NARROW, gap: int = 3) -> bool:
    return any(touch(label, other, width=width, gap=gap) for other in others)


def yielding(label: Text, others: Iterable[Text], *, gap: int = 3) -> Text | None:
    """A label that gives way: hidden on a phone where it would touch another, left out where it always would."""
    taken = tuple(others)
    if not touches_any(label, taken, gap=gap):
        return label
    return None if touches_any(label, taken, width=WIDE, gap=1) else replace(label, narrow=False)


def thinned(labels: Iterable[Text]) -> tuple[Text, ...]:
    """As many labels of a row as have room; on a phone fewer, those with two words first ("3 Oct" before "9")."""
    row = tuple(labels)
    wide = _every(row, width=WIDE, gap=1)
    leading = tuple(label for label in wide if " " in label.text)
    if 0 < len(leading) < len(wide):
        narrow = list(_every(leading, width=NARROW, gap=3))
        for label in wide:
            if label not in narrow and not touches_any(label, narrow):
                narrow.append(label)
    else:
        narrow = list(_every(wide, width=NARROW, gap=3))
    return tuple(label if label in narrow else replace(label, narrow=False) for label in wide)


def _every(row: tuple[Text, ...], *, width: int, gap: int) -> tuple[Text, ...]:
    """Every label, every second, …, counted back from the last: the first spacing at which no two touch."""
    for step in range(1, len(row)):
        kept = row[::-1][::step][::-1]
        if not any(touch(first, second, width=width, gap=gap) for first, second in pairwise(kept)):
            return kept
    return row[-1:]
