"""Renditions, segments, heads and the cache: what a player downloads. Knows files and variants, not users."""
