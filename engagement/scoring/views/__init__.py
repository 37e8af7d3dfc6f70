"""Pages of this step: actions, weights, segments, who is left out."""
