"""Finding one's way: what is typed into "Find", and the places it leads to."""
