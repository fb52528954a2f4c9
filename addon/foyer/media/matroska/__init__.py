"""Matroska and WebM: EBML, tracks, cues, blocks."""
