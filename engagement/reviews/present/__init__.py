"""Reviews as they are printed: sentences are made here, in the reader's language, from what was kept."""
