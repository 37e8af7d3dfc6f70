"""Reads of this step: actions, weight sets and what they would give, segments and what rules find."""
