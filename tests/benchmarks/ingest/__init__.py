"""`make bench-ingest`: what taking events in costs, beside raw COPY."""
