"""One scoring of everybody: what it uses (plan), what it reads (load), what it finds (chunk), what it keeps (store)."""
