"""Counts and durations of requests, kept for ``/metrics``."""

from __future__ import annotations

from dataclasses import dataclass, field

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
ROUTES = ("/graphql", "/media/direct", "/media/hls", "/media/image", "/media", "/health", "/metrics", "/assets")


@dataclass(slots=True)
class Histogram:
    """Durations in seconds, in Prometheus' cumulative buckets once they are written out."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS) + 1))
    total: float = 0.0

    def observe(self, seconds: float) -> None:
        """Count one."""
        self.total += seconds
        for index, bound in enumerate(BUCKETS):
            if seconds <= bound:
                self.counts[index] += 1
                return
        self.counts[-1] += 1


@dataclass(slots=True)
class HttpMetrics:
    """By route and class of status; a route is a fixed name, so that nobody can make up series."""

    durations: dict[str, Histogram] = field(default_factory=dict)
    responses: dict[tuple[str, str], int] = field(default_factory=dict)
    sent_bytes: int = 0

    def observe(self, path: str, status: int, seconds: float, sent: int) -> None:
        """Count one answered request."""
        name = next((route for route in ROUTES if path == route or path.startswith(f"{route}/")), "other")
        self.durations.setdefault(name, Histogram()).observe(seconds)
        key = (name, f"{status // 100}xx" if status else "aborted")
        self.responses[key] = self.responses.get(key, 0) + 1
        self.sent_bytes += sent
