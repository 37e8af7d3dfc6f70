"""Rules that say which activity looks as if a machine did it: read and described without Django or a database."""
