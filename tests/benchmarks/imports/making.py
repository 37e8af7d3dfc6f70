"""A file of events as a shop exports them raw: wide rows, a few that are there twice, a few that cannot be used.

Which ones is known, so that what an import counts can be held against it. Every cell follows from the row's number.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

COLUMNS: Final = (
    "customer_id", "event", "occurred_at", "event_id", "amount", "plan", "url", "referrer", "campaign", "device",
    "user_agent", "session", "landing_page", "context", "note",
)  # fmt: skip
REPEATED: Final = 500  # every so many rows one is sent once more
UNUSABLE: Final = 1_000  # every so many rows one has no time
_START: Final = datetime(2025, 1, 1, tzinfo=UTC)
_STEP: Final = timedelta(seconds=24)  # a million rows and a third in a year
_CUSTOMERS: Final = 200_000
_NAMES: Final = ("Page Viewed", "Page Viewed", "Page Viewed", "Order Completed", "Email Opened", "social", "Clicked")
_PLANS: Final = ("free", "pro", "team")
_DEVICES: Final = ("desktop", "phone", "tablet", "kiosk in the shop")
_CONTEXT: Final = (
    '{{"screen": {{"width": {}, "height": {}, "density": 2}}, "locale": "de-CH", "timezone": "Europe/Zurich", '
    '"library": {{"name": "analytics.js", "version": "2.11.{}"}}, "network": {{"wifi": true, "carrier": "none"}}, '
    '"app": {{"build": "3.{}", "namespace": "com.example.shop"}}}}'
)
_LANDING: Final = (
    "https://www.example.com/welcome/{}?utm_source=newsletter&utm_medium=email&utm_campaign=spring-{}"
    "&utm_content=header-{}&click={:08x}{:08x}"
)


@dataclass(frozen=True, slots=True)
class Expected:
    """What becomes of so many rows."""

    stored: int
    duplicates: int
    rejected: int

    @classmethod
    def of(cls, rows: int) -> Expected:
        rejected = len(range(UNUSABLE - 1, rows, UNUSABLE))
        # One row in two that would be repeated is itself unusable.
        duplicates = sum(1 for number in range(REPEATED, rows, REPEATED) if not _is_unusable(number - 1))
        return cls(rows - duplicates - rejected, duplicates, rejected)


def _is_unusable(number: int) -> bool:
    return number % UNUSABLE == UNUSABLE - 1


def rows() -> Iterator[tuple[object, ...]]:
    """Without end; the row at every 500th place says once more what the one before it said, unless that had no time."""
    for number in range(1 << 60):
        is_again = number > 0 and number % REPEATED == 0 and not _is_unusable(number - 1)
        yield _row(number - 1 if is_again else number)


def _row(number: int) -> tuple[object, ...]:
    mixed = number * 2_654_435_761 & 0xFFFFFFFF
    return (
        f"customer-{mixed % _CUSTOMERS:06d}",
        _NAMES[mixed // 7 % len(_NAMES)],
        "" if _is_unusable(number) else (_START + number * _STEP).isoformat(),
        f"event-{number:010d}",
        mixed % 100_000 / 100,
        _PLANS[mixed // 11 % len(_PLANS)],
        f"https://shop.example.com/category-{mixed % 97}/item-{mixed % 9_973}?colour={mixed % 17}&size={mixed % 13}",
        f"https://search.example.com/results?q=item+{mixed % 9_973}&page={mixed % 5}&utm_source=newsletter",
        f"spring-{mixed % 41}",
        _DEVICES[mixed // 13 % len(_DEVICES)],
        f"Mozilla/5.0 (X11; Linux x86_64; rv:{mixed % 140}.0) Gecko/20100101 Firefox/{mixed % 140}.0 Shop/{mixed % 53}",
        f"session-{mixed // 3:010d}-{mixed % 8_191:04x}",
        _LANDING.format(mixed % 211, mixed % 41, mixed % 7, mixed, mixed ^ 0x5A5A5A5A),
        _CONTEXT.format(mixed % 1_440, mixed % 900, mixed % 53, mixed % 97),
        f"remark {mixed:08x} é: nothing that anybody needs, as people write it into the last column",
    )
