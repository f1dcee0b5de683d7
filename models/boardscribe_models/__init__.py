"""Weights of boardscribe's own models, each with a card and a checksum, loaded by name."""
