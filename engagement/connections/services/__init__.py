"""Writes of this step: connections added, changed, paused, removed, fetched from, and what other systems send in."""
