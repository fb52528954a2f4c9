"""Understand media paths: what a file is, from its name and the folders above it. Pure: nothing is opened."""

from __future__ import annotations

from foyer.library.names.identifying import identify
from foyer.library.names.identity import Identity, ItemKind

__all__ = ["Identity", "ItemKind", "identify"]
