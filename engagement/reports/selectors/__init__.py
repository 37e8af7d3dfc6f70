"""Reads of this step, for pages and API; every one is called inside a scope."""
