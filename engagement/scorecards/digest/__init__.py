"""The weekly mail: what changed in each organisation somebody may open, those that wait for somebody first."""
