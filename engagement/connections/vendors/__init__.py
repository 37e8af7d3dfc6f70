"""Every vendor there is a connector for, by key, in the order in which the form offers them."""

from __future__ import annotations

from typing import Final

from engagement.connections.vendors.base import Connector
from engagement.connections.vendors.ga4 import GoogleAnalytics
from engagement.connections.vendors.generic import GenericJson
from engagement.connections.vendors.hubspot import HubSpot
from engagement.connections.vendors.mixpanel import Mixpanel
from engagement.connections.vendors.salesforce import Salesforce
from engagement.connections.vendors.segment import SegmentWebhook
from engagement.connections.vendors.zoho import Zoho

_ALL: Final = (HubSpot(), Salesforce(), Zoho(), GoogleAnalytics(), Mixpanel(), SegmentWebhook(), GenericJson())
CONNECTORS: Final[dict[str, Connector]] = {one.key: one for one in _ALL}


def connector_of(vendor: str) -> Connector | None:
    """The connector of a vendor; None for one that this version does not know."""
    return CONNECTORS.get(vendor)
