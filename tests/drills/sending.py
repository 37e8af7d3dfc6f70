"""Clients as libraries are: they keep what they have until they have a 200, and send it again by their own rule."""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

ANSWER_SECONDS = 20  # the client's own patience; what the drill allows is in counting.py
_BACKOFF_SECONDS = (0.1, 0.5, 1.0, 2.0)


@dataclass(frozen=True, slots=True)
class Sending:
    """One request and its answer; status 0 when the connection broke, -1 when nobody listened."""

    mark: str
    key: str
    ids: tuple[str, ...]
    messages: int
    status: int
    retry_after: str | None
    begun: float
    seconds: float
    again: bool


@dataclass
class Ledger:
    """What every client knows, together."""

    sendings: list[Sending] = field(default_factory=list)
    dropped: int = 0
    acknowledged: int = 0  # events, each once
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, sending: Sending) -> None:
        with self._lock:
            self.sendings.append(sending)

    def done(self, events: int) -> None:
        with self._lock:
            self.acknowledged += events

    def drop(self) -> None:
        with self._lock:
            self.dropped += 1

    def first_ok_after(self, moment: float) -> float | None:
        """When the first 200 came after the moment."""
        return self._first_after(moment, frozenset({200}))

    def first_answer_after(self, moment: float) -> float | None:
        """When the first answer came after the moment to what was asked after it, a refusal too."""
        return self._first_after(moment, frozenset({200, 429, 503}), asked_after=True)

    def _first_after(self, moment: float, statuses: frozenset[int], *, asked_after: bool = False) -> float | None:
        with self._lock:
            latest = self.sendings[-2_000:]
        ends = [one.begun + one.seconds for one in latest
                if one.status in statuses and (one.begun > moment or not asked_after)]  # fmt: skip
        return min((end for end in ends if end > moment), default=None)


@dataclass
class Client:
    """Sends batches until told to end; drops a share of the answers it got and sends the same batch again."""

    name: str
    key: str
    port: int
    ledger: Ledger
    size: int = 50
    bad: int = 1  # of each batch: messages without anybody
    drops: float = 0.05
    per_second: float = 3.0  # batches
    gives_up: bool = False
    ended: threading.Event = field(default_factory=threading.Event)
    _numbers: Any = field(default_factory=count)
    _connection: http.client.HTTPConnection | None = None

    def run(self) -> None:
        chance = random.Random(self.name)
        while not self.ended.is_set():
            begun = time.monotonic()
            self._deliver(chance)
            self.ended.wait(max(0.0, 1 / self.per_second - (time.monotonic() - begun)))

    def _deliver(self, chance: random.Random) -> None:
        """One batch, until it is acknowledged and the acknowledgement has reached this client."""
        ids, messages = self._batch()
        for attempt in count():
            sending = self._send(ids, messages, again=attempt > 0)
            self.ledger.add(sending)
            if sending.status == 200 and chance.random() >= self.drops:
                self.ledger.done(len(ids))
                return
            if sending.status == 200:
                self.ledger.drop()
            if self.gives_up or 400 <= sending.status < 429:
                return
            time.sleep(_wait_seconds(sending, attempt))

    def _batch(self) -> tuple[tuple[str, ...], list[dict[str, Any]]]:
        number, now = next(self._numbers), datetime.now(UTC).isoformat()
        ids = tuple(f"{self.name}-{number}-{at}" for at in range(self.size))
        messages: list[dict[str, Any]] = [
            {"type": "track", "event": "Order Completed", "userId": f"c{(number + at) % 400}", "messageId": one,
             "timestamp": now, "properties": {"total": at, "currency": "EUR"}}
            for at, one in enumerate(ids)
        ]  # fmt: skip
        bad = [
            {"type": "track", "event": "Order Completed", "messageId": f"bad-{ids[0]}-{at}"} for at in range(self.bad)
        ]
        return ids, [*messages, *bad]

    def _send(self, ids: tuple[str, ...], messages: Sequence[dict[str, Any]], *, again: bool) -> Sending:
        mark = f"mark-{self.name}-{time.monotonic_ns()}"
        body = json.dumps({"batch": messages, "sentAt": datetime.now(UTC).isoformat(), "context": {"mark": mark}})
        begun = time.monotonic()
        status, retry_after = self._answer(body.encode())
        seconds = time.monotonic() - begun
        return Sending(mark, self.key, ids, len(messages), status, retry_after, begun, seconds, again)

    def _answer(self, body: bytes) -> tuple[int, str | None]:
        try:
            if self._connection is None:
                self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_SECONDS)
            self._connection.request("POST", "/v1/batch", body, {"Authorization": f"Bearer {self.key}"})
            answer = self._connection.getresponse()
            answer.read()
            return answer.status, answer.getheader("Retry-After")
        except (OSError, http.client.HTTPException) as error:
            if self._connection is not None:
                self._connection.close()
            self._connection = None
            return (-1 if isinstance(error, ConnectionRefusedError) else 0), None


def _wait_seconds(sending: Sending, attempt: int) -> float:
    if sending.retry_after is not None and sending.retry_after.isdigit():
        return float(sending.retry_after)
    return _BACKOFF_SECONDS[min(attempt, len(_BACKOFF_SECONDS) - 1)]


def start(clients: Sequence[Client]) -> list[threading.Thread]:
    threads = [threading.Thread(target=client.run, daemon=True) for client in clients]
    for thread in threads:
        thread.start()
    return threads


def end(clients: Sequence[Client], threads: Sequence[threading.Thread]) -> None:
    """Each ends with the batch it has in hand."""
    for client in clients:
        client.ended.set()
    for thread in threads:
        thread.join(120)
        assert not thread.is_alive(), "a client still waits for its answer"
