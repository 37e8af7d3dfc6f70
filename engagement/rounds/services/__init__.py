"""Writes of this step; each says whether it is called inside a scope that writes, or outside of any."""
