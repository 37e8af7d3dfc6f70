"""The worker alone: requests that are kept already are parsed, checked, stored once and counted, in this process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from unittest.mock import patch
from uuid import UUID

from django.db import connection

from engagement.ingest.models import Event, IngestBatch
from engagement.ingest.services import process_in_turn
from tenants.models import Organisation
from tenants.scope import organisation_scope
from tests.benchmarks.ingest.costs import Cost, cost_of
from tests.benchmarks.ingest.messages import SENT_AT
from tests.benchmarks.ingest.stages import Stages


@dataclass(slots=True)
class Worker:
    """What a worker process does with a message for what waits, and with those that it sends itself."""

    organisation: Organisation
    stages: Stages = field(default_factory=Stages)
    rounds: int = 0
    seconds: float = 0.0  # in all
    messages: list[tuple[int, str]] = field(default_factory=list)

    def begin(self) -> None:
        """What was done so far was to get warm."""
        self.stages, self.seconds = Stages(), 0.0

    def keep(self, bodies: Sequence[bytes]) -> list[UUID]:
        """As accepting leaves them; each round's are received a second later, so that they are told apart."""
        self.rounds += 1
        received_at = SENT_AT + timedelta(seconds=self.rounds)
        with organisation_scope(self.organisation.pk):
            return [
                UUID(str(IngestBatch.objects.create(
                    organisation=self.organisation, kind="batch", raw=body, received_at=received_at
                ).pk))
                for body in bodies
            ]  # fmt: skip

    def work(self, ids: Sequence[UUID], *, expected: int) -> Cost:
        """All of them; raises AssertionError unless every event is stored."""
        before = self._stored()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (backend,) = cursor.fetchone()
        cost = cost_of(lambda: self._work(ids), backend=backend)
        self.seconds += cost.seconds
        assert self._stored() - before == expected, "Not every event was stored."
        return cost

    def _work(self, ids: Sequence[UUID]) -> None:
        now = SENT_AT + timedelta(minutes=1)
        with self.stages.watched(), patch("tenants.wake.current_app", self):
            self.send_task("ingest.batch", args=(self.organisation.pk, str(ids[0])))
            while self.messages:
                organisation_id, batch_id = self.messages.pop(0)
                process_in_turn(organisation_id=organisation_id, batch_id=UUID(batch_id), clock=lambda: now)

    def send_task(self, _name: str, *, args: tuple[int, str], **_options: object) -> None:
        """Stands for the broker: a message of the worker's own comes back to it."""
        self.messages.append((args[0], args[1]))

    def _stored(self) -> int:
        with organisation_scope(self.organisation.pk, write=False):
            return Event.objects.count()
