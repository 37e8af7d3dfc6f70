"""Where a request comes from, as far as that can be believed."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest

_NETWORK_BITS = 64  # what a household or a server is given: whoever has one IPv6 address has all of these


def client_address(request: HttpRequest) -> str:
    """The peer's address or, behind proxies of ours, the one that the outermost of them wrote down.

    X-Forwarded-For grows to the right: only its last TRUSTED_PROXIES entries are ours, what stands before them anybody
    can write. IPv6 counts by network, IPv4 in IPv6's clothes as IPv4; what is no address counts as one.
    """
    proxies: int = settings.TRUSTED_PROXIES
    found = request.META.get("REMOTE_ADDR", "")
    if proxies > 0:
        written = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
        found = written[-proxies] if len(written) >= proxies else found
    return _counted_as(found)


def _counted_as(text: str) -> str:
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return "unknown"
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(IPv6Address(int(address) >> _NETWORK_BITS << _NETWORK_BITS))
