"""How each library is pointed here: its own beginning, with the host and the key changed and nothing else.

What stands here is run as it stands by `make clients`, with the library itself, against a live server.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from string import Template
from typing import Final
from urllib.parse import urlsplit

KEY: Final = "WRITE_KEY"
"""Where the whole key belongs: it is shown once, in the answer that makes it."""


@dataclass(frozen=True, slots=True)
class Snippet:
    """The beginning of one library: in which language, what installs it, and the lines themselves."""

    library: str
    language: str
    install: str
    code: str


@dataclass(frozen=True, slots=True)
class Family:
    """The libraries of one maker."""

    name: str
    snippets: Sequence[Snippet]


_SEGMENT: Final = (
    Snippet(
        "segment-analytics-python",
        "Python",
        "pip install segment-analytics-python",
        """\
from segment import analytics

analytics.write_key = "WRITE_KEY"
analytics.host = "$address"

analytics.track("customer-1", "Order Completed", {"total": 25})
analytics.flush()""",
    ),
    Snippet(
        "@segment/analytics-node",
        "Node",
        "npm install @segment/analytics-node",
        """\
const { Analytics } = require("@segment/analytics-node");

const analytics = new Analytics({ writeKey: "WRITE_KEY", host: "$address" });

analytics.track({ userId: "customer-1", event: "Order Completed", properties: { total: 25 } });
analytics.closeAndFlush();""",
    ),
    Snippet(
        "@segment/analytics-next",
        "Browser",
        "npm install @segment/analytics-next",
        """\
import { AnalyticsBrowser } from "@segment/analytics-next";

const analytics = AnalyticsBrowser.load({ writeKey: "WRITE_KEY", cdnURL: "$address" });

analytics.identify("customer-1");
analytics.track("Order Completed", { total: 25 });""",
    ),
)
_RUDDERSTACK: Final = (
    Snippet(
        "rudder-sdk-python",
        "Python",
        "pip install rudder-sdk-python",
        """\
import rudderstack.analytics as analytics

analytics.write_key = "WRITE_KEY"
analytics.dataPlaneUrl = "$address"

analytics.track("customer-1", "Order Completed", {"total": 25})
analytics.flush()""",
    ),
    Snippet(
        "@rudderstack/rudder-sdk-node",
        "Node",
        "npm install @rudderstack/rudder-sdk-node",
        """\
const RudderAnalytics = require("@rudderstack/rudder-sdk-node");

const analytics = new RudderAnalytics("WRITE_KEY", { dataPlaneUrl: "$address" });

analytics.track({ userId: "customer-1", event: "Order Completed", properties: { total: 25 } });
analytics.flush();""",
    ),
    Snippet(
        "@rudderstack/analytics-js",
        "Browser",
        "npm install @rudderstack/analytics-js",
        """\
import { RudderAnalytics } from "@rudderstack/analytics-js/bundled";

const analytics = new RudderAnalytics();
analytics.load("WRITE_KEY", "$address", { configUrl: "$address" });

analytics.identify("customer-1");
analytics.track("Order Completed", { total: 25 });""",
    ),
)
_CUSTOMER_IO: Final = (
    Snippet(
        "customerio-cdp-analytics",
        "Python",
        "pip install customerio-cdp-analytics",
        """\
from customerio import analytics

analytics.write_key = "WRITE_KEY"
analytics.host = "$address"

analytics.track("customer-1", "Order Completed", {"total": 25})
analytics.flush()""",
    ),
    Snippet(
        "@customerio/cdp-analytics-node",
        "Node",
        "npm install @customerio/cdp-analytics-node",
        """\
const { Analytics } = require("@customerio/cdp-analytics-node");

const analytics = new Analytics({ writeKey: "WRITE_KEY", host: "$address" });

analytics.track({ userId: "customer-1", event: "Order Completed", properties: { total: 25 } });
analytics.closeAndFlush();""",
    ),
    Snippet(
        "customerio-node",
        "Node",
        "npm install customerio-node",
        """\
const { PipelinesClient } = require("customerio-node");

const customerio = new PipelinesClient("WRITE_KEY", { url: "$address/v1" });

customerio.track({ userId: "customer-1", event: "Order Completed", properties: { total: 25 } });""",
    ),
    Snippet(
        "@customerio/cdp-analytics-browser",
        "Browser",
        "npm install @customerio/cdp-analytics-browser",
        """\
import { AnalyticsBrowser } from "@customerio/cdp-analytics-browser";

const analytics = AnalyticsBrowser.load({ writeKey: "WRITE_KEY", cdnURL: "$address/v1/customerio" });

analytics.identify("customer-1");
analytics.track("Order Completed", { total: 25 });""",
    ),
)
_POSTHOG: Final = (
    Snippet(
        "posthog",
        "Python",
        "pip install posthog",
        """\
from posthog import Posthog

posthog = Posthog("WRITE_KEY", host="$address")

posthog.capture("Order Completed", distinct_id="customer-1", properties={"total": 25})
posthog.shutdown()""",
    ),
    Snippet(
        "posthog-node",
        "Node",
        "npm install posthog-node",
        """\
const { PostHog } = require("posthog-node");

const posthog = new PostHog("WRITE_KEY", { host: "$address" });

posthog.capture({ distinctId: "customer-1", event: "Order Completed", properties: { total: 25 } });
posthog.shutdown();""",
    ),
    Snippet(
        "posthog-js",
        "Browser",
        "npm install posthog-js",
        """\
import posthog from "posthog-js";

posthog.init("WRITE_KEY", { api_host: "$address" });

posthog.identify("customer-1");
posthog.capture("Order Completed", { total: 25 });""",
    ),
)
_MIXPANEL: Final = (
    Snippet(
        "mixpanel",
        "Python",
        "pip install mixpanel",
        """\
from mixpanel import Consumer, Mixpanel

consumer = Consumer(events_url="$address/track", people_url="$address/engage", import_url="$address/import")
mixpanel = Mixpanel("WRITE_KEY", consumer=consumer)

mixpanel.track("customer-1", "Order Completed", {"total": 25})""",
    ),
    Snippet(
        "mixpanel for Node",
        "Node",
        "npm install mixpanel",
        """\
const Mixpanel = require("mixpanel");

const mixpanel = Mixpanel.init("WRITE_KEY", { host: "$name", protocol: "$scheme" });

mixpanel.track("Order Completed", { distinct_id: "customer-1", total: 25 });""",
    ),
    Snippet(
        "mixpanel-browser",
        "Browser",
        "npm install mixpanel-browser",
        """\
import mixpanel from "mixpanel-browser";

mixpanel.init("WRITE_KEY", { api_host: "$address" });

mixpanel.identify("customer-1");
mixpanel.track("Order Completed", { total: 25 });""",
    ),
)
_AMPLITUDE: Final = (
    Snippet(
        "amplitude-analytics",
        "Python",
        "pip install amplitude-analytics",
        """\
from amplitude import Amplitude, BaseEvent

amplitude = Amplitude("WRITE_KEY")
amplitude.configuration.server_url = "$address/2/httpapi"

amplitude.track(BaseEvent("Order Completed", user_id="customer-1", event_properties={"total": 25}))
amplitude.shutdown()""",
    ),
    Snippet(
        "@amplitude/analytics-node",
        "Node",
        "npm install @amplitude/analytics-node",
        """\
const amplitude = require("@amplitude/analytics-node");

amplitude.init("WRITE_KEY", { serverUrl: "$address/2/httpapi" });

amplitude.track("Order Completed", { total: 25 }, { user_id: "customer-1" });""",
    ),
    Snippet(
        "@amplitude/analytics-browser",
        "Browser",
        "npm install @amplitude/analytics-browser",
        """\
import * as amplitude from "@amplitude/analytics-browser";

amplitude.init("WRITE_KEY", { serverUrl: "$address/2/httpapi" });

amplitude.setUserId("customer-1");
amplitude.track("Order Completed", { total: 25 });""",
    ),
)
_CURL: Final = (
    Snippet(
        "curl",
        "Shell",
        "",
        """\
curl --user WRITE_KEY: $address/v1/track \\
  --header 'Content-Type: application/json' \\
  --data '{"messageId": "order-1", "userId": "customer-1", "event": "Order Completed", "properties": {"total": 25}}'""",
    ),
)
_FAMILIES: Final = (
    Family("Segment", _SEGMENT),
    Family("RudderStack", _RUDDERSTACK),
    Family("Customer.io", _CUSTOMER_IO),
    Family("PostHog", _POSTHOG),
    Family("Mixpanel", _MIXPANEL),
    Family("Amplitude", _AMPLITUDE),
    Family("curl", _CURL),
)


def families(*, address: str, key: str = KEY) -> tuple[Family, ...]:
    """Every library by its maker, pointed at `address` (scheme and host, no slash at its end)."""
    return tuple(
        Family(one.name, tuple(_pointed(snippet, address=address, key=key) for snippet in one.snippets))
        for one in _FAMILIES
    )


def _pointed(snippet: Snippet, *, address: str, key: str) -> Snippet:
    parts = urlsplit(address)
    code = Template(snippet.code).substitute(address=address, name=parts.netloc, scheme=parts.scheme)
    return Snippet(snippet.library, snippet.language, snippet.install, code.replace(KEY, key))
