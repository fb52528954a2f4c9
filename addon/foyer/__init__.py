"""Foyer: the media server that lives in your Home Assistant."""

__version__ = "0.1.0"
