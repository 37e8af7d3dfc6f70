"""Reads of this step, for pages, API and services; every one is called inside a scope."""
