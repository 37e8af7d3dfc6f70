"""What a template holds, as values, as JSON, and as parts that can be compared.

Weights and full points are whole thousandths of a point, lines between bands whole thousandths of a score.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any, Final

from engagement.scoring.formula import WEIGHT_SCALE
from engagement.scoring.templating.compare import Parts

WEIGHTS: Final = ("weights",)
BANDS: Final = ("bands",)
Rule = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionContent:
    """An action, and what it is worth; cap None: every occurrence counts."""

    key: str
    name: str
    channel: str
    rule: Rule
    weight_thousandths: int
    cap: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetContent:
    key: str
    name: str
    is_partition: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentContent:
    key: str
    set_key: str
    name: str
    rule: Rule
    is_missing_data: bool


@dataclass(frozen=True, slots=True)
class FullPoints:
    """Where full points come from; thousandths with "own" only, None there while they are not decided."""

    source: str
    thousandths: int | None = None


@dataclass(frozen=True, slots=True)
class BandContent:
    """The two lines, and the names in the order poor, good, excellent."""

    good_thousandths: int
    excellent_thousandths: int
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """Everything a template says. `bands` is None only where an application left them out."""

    actions: tuple[ActionContent, ...]
    window_days: int
    half_life_days: int | None
    full_points: FullPoints
    bands: BandContent | None
    sets: tuple[SetContent, ...]
    segments: tuple[SegmentContent, ...]

    def weighing(self) -> tuple[object, ...]:
        """All of it that stands in a weight set: where this differs, there is something to publish."""
        weights = {action.key: (action.weight_thousandths, action.cap) for action in self.actions}
        return self.window_days, self.half_life_days, self.full_points, weights


# ── parts ────────────────────────────────────────────────────────────────────────────────────────────────────


def parts(content: Content) -> Parts:
    """The content by path, each part with its fields."""
    found: dict[tuple[str, ...], dict[str, object]] = {
        WEIGHTS: {
            "window_days": content.window_days,
            "half_life_days": content.half_life_days,
            "full_points": content.full_points,
        }
    }
    if content.bands is not None:
        lines = (content.bands.good_thousandths, content.bands.excellent_thousandths)
        found[BANDS] = {"lines": lines, "names": content.bands.names}
    for action in content.actions:
        found["action", action.key] = {
            "name": action.name,
            "channel": action.channel,
            "rule": action.rule,
            "weight": action.weight_thousandths,
            "cap": action.cap,
        }
    for group in content.sets:
        found["set", group.key] = {"name": group.name, "is_partition": group.is_partition}
    for segment in content.segments:
        found["segment", segment.key] = {
            "set": segment.set_key,
            "name": segment.name,
            "rule": segment.rule,
            "is_missing_data": segment.is_missing_data,
        }
    return found


def content_of(found: Mapping[tuple[str, ...], Mapping[str, Any]]) -> Content:
    """The content that has these parts: `content_of(parts(content)) == content`."""
    of_kind: dict[str, dict[str, Mapping[str, Any]]] = {"action": {}, "set": {}, "segment": {}}
    for path, fields in found.items():
        if path not in {WEIGHTS, BANDS}:
            of_kind[path[0]][path[1]] = fields
    bands = found.get(BANDS)
    return Content(
        actions=tuple(_action(key, fields) for key, fields in of_kind["action"].items()),
        window_days=found[WEIGHTS]["window_days"],
        half_life_days=found[WEIGHTS]["half_life_days"],
        full_points=found[WEIGHTS]["full_points"],
        bands=None if bands is None else BandContent(bands["lines"][0], bands["lines"][1], bands["names"]),
        sets=tuple(SetContent(key=key, **fields) for key, fields in of_kind["set"].items()),
        segments=tuple(_segment(key, fields) for key, fields in of_kind["segment"].items()),
    )


def _action(key: str, fields: Mapping[str, Any]) -> ActionContent:
    rest = {name: fields[name] for name in ("name", "channel", "rule", "cap")}
    return ActionContent(key=key, weight_thousandths=fields["weight"], **rest)


def _segment(key: str, fields: Mapping[str, Any]) -> SegmentContent:
    rest = {name: fields[name] for name in ("name", "rule", "is_missing_data")}
    return SegmentContent(key=key, set_key=fields["set"], **rest)


# ── JSON ─────────────────────────────────────────────────────────────────────────────────────────────────────


def content_json(content: Content) -> dict[str, Any]:
    """The content as it is stored and sent; numbers of thousandths as decimal text: {"weight": "0.125"}."""
    return {
        "actions": [_action_json(action) for action in content.actions],
        "window_days": content.window_days,
        "half_life_days": content.half_life_days,
        "full_points": full_points_json(content.full_points),
        "bands": None if content.bands is None else bands_json(content.bands),
        "segment_sets": [
            {
                **asdict(group),
                "segments": [_segment_json(line) for line in content.segments if line.set_key == group.key],
            }
            for group in content.sets
        ],
    }


def full_points_json(full_points: FullPoints) -> dict[str, Any]:
    value = full_points.thousandths
    return {"from": full_points.source, "value": None if value is None else decimal_text(value)}


def bands_json(bands: BandContent) -> dict[str, Any]:
    return {
        "good": decimal_text(bands.good_thousandths),
        "excellent": decimal_text(bands.excellent_thousandths),
        "names": list(bands.names),
    }


def decimal_text(thousandths: int) -> str:
    """Whole thousandths as the shortest decimal text: 5000 → "5", −250 → "-0.25"."""
    text = f"{Decimal(thousandths) / WEIGHT_SCALE:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def canonical(value: object) -> str:
    """JSON that is the same for the same value, whatever the order of its keys."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _action_json(action: ActionContent) -> dict[str, Any]:
    return {
        "key": action.key,
        "name": action.name,
        "channel": action.channel,
        "rule": dict(action.rule),
        "weight": decimal_text(action.weight_thousandths),
        "cap": action.cap,
    }


def _segment_json(segment: SegmentContent) -> dict[str, Any]:
    return {
        "key": segment.key,
        "name": segment.name,
        "rule": dict(segment.rule),
        "is_missing_data": segment.is_missing_data,
    }
