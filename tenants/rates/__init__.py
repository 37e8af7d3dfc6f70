"""Rate limits: what is counted, where, and who is refused. The design is in tenants/README.md."""

from tenants.rates.addresses import client_address
from tenants.rates.counting import give_back, spend
from tenants.rates.rules import UnreadableLimitError, read_limit

__all__ = ["UnreadableLimitError", "client_address", "give_back", "read_limit", "spend"]
