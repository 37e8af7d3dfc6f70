"""Rounds of generated requests at every door, counted by door and answer; what went wrong is kept to be looked at."""

from __future__ import annotations

from typing import Final

from django.db.models import Sum
from django.utils import timezone

from engagement.ingest.models import IngestBatch, WorkState
from engagement.ingest.services import process_batch
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests.fuzz.asking import Request, ask
from tests.fuzz.bodies import Mutations, made
from tests.fuzz.corpus import anywhere
from tests.fuzz.doors import Door, doors, faults
from tests.fuzz.tally import FAILURE, Tally

_AT_ONCE: Final = 500  # bodies of one seed of hypothesis: it remembers what it made, and slows down
_OF_HYPOTHESIS: Final = 15  # one request in so many: one of its bodies costs as much as ten mutations


class Rounds:
    """Plays requests at the doors as a sender of one organisation."""

    def __init__(self, *, organisation: Organisation, key: str, chance: int, tally: Tally) -> None:
        self._organisation, self._key, self._chance, self._tally = organisation, key, chance, tally
        self._mutations = Mutations(chance=chance, key=key)
        self._doors = doors()
        self._turn = 0

    def corpus(self) -> None:
        """Every odd input on file at every door."""
        for door in self._doors:
            for entry in anywhere():
                self._play(door, entry.request(door.path, key=self._key))

    def generated(self, number: int) -> None:
        """So many requests, the doors in turn."""
        by_hypothesis = number // _OF_HYPOTHESIS
        for _ in range(number - by_hypothesis):
            door = self._next()
            self._play(door, self._mutations.request(door))
        while by_hypothesis > 0:
            self._chance += 1
            n = min(by_hypothesis, _AT_ONCE)
            made(n, chance=self._chance, use=self._use)
            by_hypothesis -= n

    def work_through(self, *, most: int) -> None:
        """What was kept is worked through to its end, as many as asked for; the others are forgotten."""
        with organisation_scope(self._organisation.pk):
            waiting = IngestBatch.objects.filter(state=WorkState.WAITING).order_by("received_at")
            ids = list(waiting.values_list("pk", flat=True)[:most])
            waiting.exclude(pk__in=ids).update(state=WorkState.DONE)
        for batch_id in ids:
            try:
                process_batch(organisation_id=self._organisation.pk, batch_id=batch_id, now=timezone.now())
            except Exception as error:  # noqa: BLE001  whatever it is, it is what this looks for
                self._tally.fault(f"batch {batch_id}: {error!r}")
        with organisation_scope(self._organisation.pk, write=False):
            for left in IngestBatch.objects.filter(pk__in=ids).exclude(state=WorkState.DONE):
                self._tally.fault(f"batch {left.pk} is {left.state} after {left.failures} failures")
            done = IngestBatch.objects.filter(pk__in=ids, state=WorkState.DONE)
            self._tally.worked["requests"] += done.count()
            for name in ("stored", "duplicates", "rejected"):
                self._tally.worked[name] += done.aggregate(total=Sum(name, default=0))["total"]

    def _use(self, body: bytes) -> None:
        door = self._next()
        self._play(door, self._mutations.sent(door, body))

    def _next(self) -> Door:
        self._turn += 1
        return self._doors[self._turn % len(self._doors)]

    def _play(self, door: Door, request: Request) -> None:
        answer = ask(request)
        found = [] if request.method == "HEAD" else faults(door, answer)
        found = found or ([f"status {answer.status}"] if answer.status >= FAILURE else [])
        sent = f"{request.method} ?{request.query} {dict(request.headers)} {request.body[:300]!r}"
        self._tally.note(door.path, answer.status, found, sent=sent)
