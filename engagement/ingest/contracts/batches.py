"""A whole request read: each message alone, so that a bad one never harms its neighbours."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec

from engagement.ingest.contracts import instants
from engagement.ingest.contracts.amplitude import read_amplitude
from engagement.ingest.contracts.bodies import holds_many, key_in_body, open_body
from engagement.ingest.contracts.items import Receipt
from engagement.ingest.contracts.messages import read_message
from engagement.ingest.contracts.mixpanel import read_event, read_group, read_profile
from engagement.ingest.contracts.posthog import read_posthog
from engagement.ingest.contracts.values import RefusedError, refusal
from engagement.ingest.types import EventIn, ParsedBatch, Rejection, TraitsIn

_DIALECTS: Final = {
    "posthog": read_posthog,
    "mixpanel_track": read_event,
    "mixpanel_engage": read_profile,
    "mixpanel_groups": read_group,
    "amplitude": read_amplitude,
}


def parse(body: bytes, *, kind: str, received_at: datetime) -> ParsedBatch:
    """Every message of an unpacked body as an event, as traits, or rejected with reason, remedy and original.

    `kind` is "batch", the type of a single message, or one of DIALECTS. Raises InvalidJsonError only where
    `check_readable` does.
    """
    opened = open_body(body, kind=kind)
    received_at = instants.utc(received_at)
    receipt = Receipt(
        received_at=received_at,
        latest_day=instants.latest_day(received_at),
        skew=instants.skew_of(sent_at=instants.sent_at_of(_value_of(opened.sent_at)), received_at=received_at),
        may_hold_nul=b"\\u0000" in body,  # a bare U+0000 is not JSON; this escape is the only way in
    )
    events: list[EventIn] = []
    traits: list[TraitsIn] = []
    rejections: list[Rejection] = []
    is_single = not holds_many(kind)
    read_dialect = _DIALECTS.get(kind)
    for position, message in enumerate(opened.messages, start=1):
        raw = bytes(message)
        try:
            _check_flaw(opened.flaws, position=position)
            if read_dialect is not None:
                read = read_dialect(raw, receipt=receipt, position=position)
            else:
                read = [read_message(raw, kind=kind if is_single else None, receipt=receipt, position=position)]
        except RefusedError as refused:
            original = opened.flaws.get(position - 1, ("", raw))[1]
            rejections.append(_rejection(refused, position=position, original=original, is_single=is_single))
            continue
        for item in read:
            if isinstance(item, EventIn):
                events.append(item)
            else:
                traits.append(item)
    return ParsedBatch(events=tuple(events), traits=tuple(traits), rejections=tuple(rejections))


def _check_flaw(flaws: Mapping[int, tuple[str, bytes]], *, position: int) -> None:
    if flaws and position - 1 in flaws:
        raise refusal(flaws[position - 1][0])


def _rejection(refused: RefusedError, *, position: int, original: bytes, is_single: bool) -> Rejection:
    return Rejection(
        position=position,
        line=None,
        code=refused.code,
        reason=refused.reason,
        remedy=refused.remedy,
        original=without_key(original) if is_single else original,
    )


def without_key(original: bytes) -> bytes:
    """A single message may carry the write key, which nobody who reads rejections should see."""
    key = key_in_body(original)
    return original.replace(f'"{key}"'.encode(), b'"(removed)"') if key else original


def _value_of(raw: msgspec.Raw) -> object:
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
