"""The real client libraries against a real server: `make clients`."""
