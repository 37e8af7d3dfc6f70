"""What a client's own data says to an answer: one small function a key, over the selectors that the scorecard uses.

Add one: write `def key_with_underscores(subject) -> Evidence`, register it with `@says("its-key")`, and name the key in
the front matter of the answers it belongs to. A test holds keys and front matters together.
"""
