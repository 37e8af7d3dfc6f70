"""Results as they are kept, and back: statistics to six digits behind the point."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any, Final

from engagement.validity.types import (
    Estimated,
    GroupLine,
    SegmentValidity,
    Standing,
    SuggestedWeight,
    Suggestion,
    Verdict,
)

_DIGITS: Final = 6


def segment_to_json(found: SegmentValidity) -> dict[str, Any]:
    """All but key and name, which stand beside it."""
    kept = asdict(found)
    return {name: _rounded(value) for name, value in kept.items() if name not in {"key", "name"}}


def segment_from_json(figures: Mapping[str, Any], *, key: str, name: str) -> SegmentValidity:
    """The same again; what an earlier version did not keep is None."""
    said = _known(SegmentValidity, figures) | {
        "verdict": Verdict(figures["verdict"]),
        "auc": _estimated(figures.get("auc")),
        "auc_whole": _estimated(figures.get("auc_whole")),
        "groups": tuple(GroupLine(**_known(GroupLine, group)) for group in figures.get("groups", ())),
    }
    return SegmentValidity(key=key, name=name, **said)


def _known(kind: type[Any], kept: Mapping[str, Any]) -> dict[str, Any]:
    """What the dataclass takes of it."""
    known = {field.name for field in fields(kind)}
    return {name: value for name, value in kept.items() if name in known}


def suggestion_to_json(found: Suggestion) -> dict[str, Any]:
    kept: dict[str, Any] = _rounded(asdict(found))
    return kept


def suggestion_from_json(kept: Mapping[str, Any]) -> Suggestion:
    estimates = {name: _estimated(kept.get(name)) for name in ("auc_now", "auc_suggested", "gain")}
    weights = tuple(_weight(line) for line in kept.get("weights", ()))
    return Suggestion(**{**_known(Suggestion, kept), **estimates, "weights": weights})


def _weight(line: Mapping[str, Any]) -> SuggestedWeight:
    said = _known(SuggestedWeight, line) | {
        "standing": Standing(line["standing"]),
        "effect": _estimated(line.get("effect")),
    }
    return SuggestedWeight(**said)


def _estimated(kept: Mapping[str, float] | None) -> Estimated | None:
    return None if kept is None else Estimated(**kept)


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, _DIGITS)
    if isinstance(value, dict):
        return {name: _rounded(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(part) for part in value]
    return value
