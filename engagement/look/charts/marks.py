"""What a drawing is made of. Across in per cent of the width, down in pixels: text keeps its size at any width."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Literal

from engagement.look.exact import Number, rounded

Anchor = Literal["start", "middle", "end"]


def percent(value: Number) -> str:
    """A position across: two decimals, none for a whole number.

    Example: percent(Decimal("12.4")) == "12.40%".
    """
    return f"{_trimmed(value, places=2)}%"


def pixels(value: Number) -> str:
    """A position down: one decimal, none for a whole number.

    Example: pixels(Fraction(1823, 10)) == "182.3".
    """
    return _trimmed(value, places=1)


def _trimmed(value: Number, *, places: int) -> str:
    text = f"{rounded(value, places=places):f}"
    whole, _, part = text.partition(".")
    return text if part.strip("0") else whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Rect:
    """A filled area; `down` is the unit of y and height: pixels, or per cent in a spark."""

    kind: ClassVar[str] = "rect"
    css: str
    x: Number = 0
    width: Number
    y: Number = 0
    height: Number
    down: Literal["px", "%"] = "px"
    title: str = ""

    @property
    def box(self) -> tuple[str, str, str, str]:
        """x, y, width, height as attributes."""
        vertical = percent if self.down == "%" else pixels
        return percent(self.x), vertical(self.y), percent(self.width), vertical(self.height)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    kind: ClassVar[str] = "line"
    css: str
    x1: Number
    x2: Number
    y1: Number
    y2: Number

    @property
    def ends(self) -> tuple[str, str, str, str]:
        """x1, x2, y1, y2 as attributes."""
        return percent(self.x1), percent(self.x2), pixels(self.y1), pixels(self.y2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    kind: ClassVar[str] = "dot"
    css: str
    cx: Number
    cy: Number
    r: str
    down: Literal["px", "%"] = "px"
    title: str = ""

    @property
    def centre(self) -> tuple[str, str]:
        return percent(self.cx), (percent if self.down == "%" else pixels)(self.cy)


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A label; dx shifts it by pixels, `narrow` False hides it on a phone, where it would touch its neighbour."""

    kind: ClassVar[str] = "text"
    text: str
    x: Number
    y: Number
    css: str = ""
    anchor: Anchor = "start"
    dx: int = 0
    narrow: bool = True

    @property
    def at(self) -> tuple[str, str]:
        return percent(self.x), pixels(self.y)

    @property
    def classes(self) -> str:
        return " ".join(name for name in (self.css, "" if self.narrow else "hide-narrow") if name)


@dataclass(frozen=True, slots=True)
class Shape:
    """A line or an area inside a plot, its points in per cent of the plot both ways."""

    css: str
    points: tuple[tuple[Fraction, Fraction], ...]
    closed: bool = False

    @property
    def path(self) -> str:
        return " ".join(f"{rounded(x, places=2):f},{rounded(y, places=2):f}" for x, y in self.points)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """A stretched area for shapes; dots and text stay outside, or they would be stretched too."""

    kind: ClassVar[str] = "plot"
    shapes: tuple[Shape, ...]
    y: Number = 0
    height: Number | None = None  # None: all of the drawing

    @property
    def frame(self) -> tuple[str, str]:
        return pixels(self.y), "100%" if self.height is None else pixels(self.height)


Mark = Rect | Line | Dot | Text | Plot


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A whole picture: what is drawn, and the same in words."""

    css: str
    label: str
    marks: tuple[Mark, ...]
    height: int | None = None  # None: the class sets it

    def texts(self) -> tuple[Text, ...]:
        return tuple(mark for mark in self.marks if isinstance(mark, Text))
