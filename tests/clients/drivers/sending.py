"""Sends with one library as its users do: `sending.py LIBRARY HOST KEY OPTIONS`; prints what the library said of it.

Runs in the libraries' own environment: imports nothing of the product. OPTIONS is JSON: `count` events from `start` on,
`gzip`, and `bad`, the number of one event whose time is before all that is taken.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

NAME = "Order Completed"
OLD = datetime(1990, 1, 1, tzinfo=UTC)
_PATIENCE_SECONDS = 30

Failures = list[str]


def segment(module: str, host: str, key: str, options: dict[str, Any], failures: Failures) -> None:
    """Segment's library and those that were made from it; the old one and the newest alike."""
    made: dict[str, Any] = {"host": host, "on_error": lambda error, _items: failures.append(str(error))}
    if module != "analytics.client":  # Rudder's packs unless it is told not to; Segment's old one cannot
        made["gzip"] = bool(options["gzip"])
    client = importlib.import_module(module).Client(key, **made)
    for number in range(options["start"], options["start"] + options["count"]):
        when = {"timestamp": OLD} if number == options["bad"] else {}
        client.track(f"c{number}", NAME, {"number": number}, **when)
    client.flush()
    client.join()


def posthog(host: str, key: str, options: dict[str, Any], failures: Failures, **mode: Any) -> None:
    """PostHog's library; `mode` chooses between its two ways to send."""
    made: dict[str, Any] = {"gzip": options["gzip"], "on_error": lambda error, _items: failures.append(str(error))}
    client = importlib.import_module("posthog").Posthog(key, host=host, **made, **mode)
    for number in range(options["start"], options["start"] + options["count"]):
        when = {"timestamp": OLD} if number == options["bad"] else {}
        client.capture(NAME, distinct_id=f"c{number}", properties={"number": number}, **when)
    client.flush()
    client.shutdown()


def mixpanel(host: str, key: str, options: dict[str, Any], failures: Failures) -> None:
    """Mixpanel's library, which sends when it is called and tells its caller of a failure."""
    library = importlib.import_module("mixpanel")
    addresses = {f"{name}_url": f"{host}/{path}" for name, path in (("events", "track"), ("people", "engage"))}
    client = library.Mixpanel(key, consumer=library.BufferedConsumer(**addresses))
    for number in range(options["start"], options["start"] + options["count"]):
        when = {"time": OLD.timestamp()} if number == options["bad"] else {}
        client.track(f"c{number}", NAME, {"number": number, **when})
    try:
        client._consumer.flush()
    except library.MixpanelException as error:
        failures.append(str(error))
        if options["again"]:  # what it still holds it sends when it is asked again
            client._consumer.flush()


def amplitude(host: str, key: str, options: dict[str, Any], failures: Failures, *, path: str) -> None:
    """Amplitude's library, at one of its two addresses."""
    library = importlib.import_module("amplitude")
    done: list[int] = []

    def told(_event: Any, code: int, message: str) -> None:
        done.append(code)
        if code != 200:
            failures.append(f"{code} {message}")

    client = library.Amplitude(key)
    client.configuration.server_url = host + path
    client.configuration.flush_interval_millis = 200
    client.configuration.callback = told
    for number in range(options["start"], options["start"] + options["count"]):
        when = {"time": int(OLD.timestamp() * 1000)} if number == options["bad"] else {}
        said = {"event_type": NAME, "user_id": f"customer-{number}", "event_properties": {"number": number}}
        client.track(library.BaseEvent(**said, **when))
    client.flush()
    until = time.monotonic() + _PATIENCE_SECONDS
    while len(done) < options["count"] and time.monotonic() < until and not options["wrong"]:
        time.sleep(0.05)
    client.shutdown()


LIBRARIES: dict[str, Callable[[str, str, dict[str, Any], Failures], None]] = {
    "segment-analytics-python": lambda *said: segment("segment.analytics.client", *said),
    "analytics-python": lambda *said: segment("analytics.client", *said),
    "rudder-sdk-python": lambda *said: segment("rudderstack.analytics.client", *said),
    "customerio-cdp-analytics": lambda *said: segment("customerio.analytics.client", *said),
    "posthog": posthog,
    "posthog v1": lambda *said: posthog(*said, capture_mode="v1"),
    "mixpanel": mixpanel,
    "amplitude-analytics": lambda *said: amplitude(*said, path="/2/httpapi"),
    "amplitude-analytics batch": lambda *said: amplitude(*said, path="/batch"),
}


def main() -> None:
    """Send, and print the failures that the library told of, as JSON."""
    library, host, key, text = sys.argv[1:]
    failures: Failures = []
    with contextlib.redirect_stdout(sys.stderr):
        try:
            LIBRARIES[library](host, key, json.loads(text), failures)
        except Exception as error:  # noqa: BLE001  # whatever the library raises is what it says
            failures.append(repr(error))
    print("FAILURES", json.dumps(failures))


if __name__ == "__main__":
    main()
