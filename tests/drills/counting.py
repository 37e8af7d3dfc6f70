"""What is in the database against what clients were told: nothing acknowledged is missing, nothing is there twice."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.drills.places import Stack
from tests.drills.sending import Sending

_MARK = re.compile(rb"mark-[\w-]+")
_EVENTS = """
    SELECT e.message_id, count(*), sum(e.occurrences) FROM ingest_event e
    JOIN tenants_organisation o ON o.id = e.organisation_id WHERE o.slug = ANY (%s) GROUP BY e.message_id
"""
_BATCHES = """
    SELECT b.raw, b.state, b.stored, b.duplicates, b.rejected FROM ingest_ingestbatch b
    JOIN tenants_organisation o ON o.id = b.organisation_id WHERE o.slug = ANY (%s)
"""
_COUNTED = """
    SELECT COALESCE(sum(a.occurrences), 0)::bigint
         + COALESCE((SELECT sum(t.value::bigint) FROM scoring_activity_block b
                     JOIN tenants_organisation o ON o.id = b.organisation_id, jsonb_each_text(b.totals) t
                     WHERE o.slug = ANY (%(slugs)s)), 0)::bigint
    FROM scoring_activity_open a JOIN tenants_organisation o ON o.id = a.organisation_id WHERE o.slug = ANY (%(slugs)s)
"""
_REJECTED = """
    SELECT count(*) FROM ingest_rejectedevent r JOIN tenants_organisation o ON o.id = r.organisation_id
    WHERE o.slug = ANY (%s)
"""


@dataclass(frozen=True, slots=True)
class Account:
    """`lost`: acknowledged and not there; `doubled`: there more than once, as rows or in what scoring has counted."""

    acknowledged: int
    there: int
    lost: int
    doubled: int
    counted_wrong: int  # scoring's count less the events that are there
    requests_lost: int  # acknowledged, and no request is kept of it
    requests_wrong: int  # stored + duplicates + rejected is not what was sent
    requests_open: int  # failed, or still waiting
    sums: Counter[str] = field(default_factory=Counter)

    def breaches(self) -> list[str]:
        sent = self.sums["stored"] + self.sums["duplicates"] + self.sums["rejected"]
        found = {
            f"{self.lost:,} acknowledged events are lost": self.lost,
            f"{self.doubled:,} events are doubled": self.doubled,
            f"scoring counted {self.counted_wrong:+,} events that are not there": self.counted_wrong,
            f"{self.requests_lost:,} acknowledged requests are not kept": self.requests_lost,
            f"{self.requests_wrong:,} requests do not add up to what was sent": self.requests_wrong,
            f"{self.requests_open:,} requests are not done": self.requests_open,
            f"{sent:,} messages accounted for, {self.sums['messages']:,} sent": sent - self.sums["messages"],
            f"{self.sums['rejected']:,} rejected, {self.sums['kept']:,} kept": self.sums["rejected"]
            - self.sums["kept"],
        }
        return [text for text, wrong in found.items() if wrong]


def account(stack: Stack, *, slugs: list[str], sendings: list[Sending]) -> Account:
    """Look at everything of these organisations, as a superuser whom no policy binds."""
    with stack.cluster.admin() as admin:
        rows: list[Any] = admin.execute(_EVENTS, [slugs]).fetchall()
        kept: list[Any] = admin.execute(_BATCHES, [slugs]).fetchall()
        [(counted,)] = admin.execute(_COUNTED, {"slugs": slugs}).fetchall()
        [(rejected,)] = admin.execute(_REJECTED, [slugs]).fetchall()
    there = {str(name): int(copies) for name, copies, _ in rows}
    told = {one for sending in sendings if sending.status == 200 for one in sending.ids}
    messages = {sending.mark: sending.messages for sending in sendings}
    sums = Counter({"kept": int(str(rejected))})
    wrong, found = 0, set()
    for raw, state, *counts in kept:
        mark = _mark(bytes(raw))
        found.add(mark)
        sums.update(dict(zip(("stored", "duplicates", "rejected"), counts, strict=True)))
        sums["messages"] += messages.get(mark, 0)
        sums[str(state)] += 1
        wrong += state == "done" and sum(counts) != messages.get(mark, 0)
    return Account(
        acknowledged=len(told),
        there=len(there),
        lost=len(told - there.keys()),
        doubled=sum(copies - 1 for copies in there.values()),
        counted_wrong=int(str(counted)) - sum(int(occurrences) for _, _, occurrences in rows),
        requests_lost=len({sending.mark for sending in sendings if sending.status == 200} - found),
        requests_wrong=wrong,
        requests_open=len(kept) - sums["done"],
        sums=sums,
    )


def _mark(raw: bytes) -> str:
    found = _MARK.search(raw)
    return found[0].decode() if found else ""


def waiting(stack: Stack) -> int:
    with stack.cluster.admin() as admin:
        [(rows,)] = admin.execute("SELECT count(*) FROM ingest_ingestbatch WHERE state = 'waiting'").fetchall()
    return int(str(rows))


def wrong_answers(sendings: list[Sending]) -> list[str]:
    """What a client must never see, whatever fails behind the door."""
    statuses = Counter(sending.status for sending in sendings)
    odd = {status: n for status, n in statuses.items() if status not in {200, 503, 429, 0, -1}}
    without = [one for one in sendings if one.status in {503, 429} and not (one.retry_after or "").isdigit()]
    found = {
        f"answers that are neither 200 nor 503: {odd}": odd,
        f"{len(without)} answers 503 or 429 without an integer Retry-After": without,
    }
    return [text for text, wrong in found.items() if wrong]
