"""Benchmarks: each module measures one thing beside its peer or its physical limit, in the same run.

A module offers ``run() -> list[Figure]``, plain or async. ``script/bench [NAME…] [--json FILE]`` runs them; what they
said is kept in ``RESULTS.md`` with the machine described. Figures are ratios first: a number alone says little about
anybody else's machine.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured number."""

    name: str
    value: float
    unit: str
    peer: str | None = None
    """What stood beside it, in words: ``ffprobe a file``, ``nginx``, ``bare ffmpeg``."""
    peer_value: float | None = None
    target: str | None = None
    """What PRODUCT promises, in words."""
    met: bool | None = None
    note: str | None = None

    @property
    def ratio(self) -> float | None:
        """The value as a multiple of the peer's."""
        return self.value / self.peer_value if self.peer_value else None
