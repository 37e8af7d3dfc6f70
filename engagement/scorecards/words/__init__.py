"""Sentences: each says what happened, never why people did it."""
