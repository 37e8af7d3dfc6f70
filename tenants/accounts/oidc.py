"""Sign-in through an organisation's own provider (OpenID Connect): what OIDC_PROVIDERS may say.

Read by the settings, so it imports nothing of Django's but one error.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ImproperlyConfigured


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider, bound to one organisation and to the domains that belong to it."""

    id: str  # stands in the address of the sign-in and of the way back
    name: str
    issuer: str
    client_id: str
    secret: str
    organisation: str  # slug; whoever arrives reaches it already, is invited to it, or is refused
    domains: tuple[str, ...]
    # "viewer": somebody unknown of these domains becomes a viewer of the organisation; "refuse": nobody does.
    unknown: str = "refuse"
    # The provider asks for a second factor itself, so none is asked for here.
    second_factor: bool = False

    def owns(self, email: str) -> bool:
        """Whether an address lies in one of the domains; a subdomain is another domain."""
        return email.rpartition("@")[2].lower() in self.domains

    def app(self) -> dict[str, Any]:
        """The same for allauth."""
        return {
            "provider_id": self.id,
            "name": self.name,
            "client_id": self.client_id,
            "secret": self.secret,
            "settings": {"server_url": self.issuer},
        }


_REQUIRED = frozenset({"id", "name", "issuer", "client_id", "secret", "organisation", "domains"})
_OPTIONAL = frozenset({"unknown", "second_factor"})


def read_providers(text: str) -> tuple[Provider, ...]:
    """The providers of a JSON list; raises ImproperlyConfigured with what is wrong. Nothing is no provider."""
    if not text.strip():
        return ()
    try:
        entries = json.loads(text)
    except ValueError as error:
        raise ImproperlyConfigured(f"OIDC_PROVIDERS is not JSON: {error}") from None
    if not isinstance(entries, list):
        raise ImproperlyConfigured("OIDC_PROVIDERS is a list of objects: [{…}, {…}].")
    found = tuple(_provider(entry) for entry in entries)
    if len({provider.id for provider in found}) < len(found):
        raise ImproperlyConfigured("OIDC_PROVIDERS has two providers with one id.")
    return found


def _provider(entry: Any) -> Provider:
    if not isinstance(entry, dict):
        raise ImproperlyConfigured("OIDC_PROVIDERS is a list of objects: [{…}, {…}].")
    wrong = sorted((_REQUIRED - entry.keys()) | (entry.keys() - _REQUIRED - _OPTIONAL))
    if wrong:
        raise ImproperlyConfigured(f"OIDC_PROVIDERS: missing, or not known: {', '.join(wrong)}.")
    domains = entry["domains"]
    if not isinstance(domains, list) or not domains or not all(isinstance(domain, str) for domain in domains):
        raise ImproperlyConfigured('OIDC_PROVIDERS: domains is a list like ["client.example"].')
    if entry.get("unknown", "refuse") not in {"refuse", "viewer"}:
        raise ImproperlyConfigured("OIDC_PROVIDERS: unknown is “refuse” or “viewer”.")
    return Provider(**{**entry, "domains": tuple(domain.lower() for domain in domains)})
