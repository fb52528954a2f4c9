"""Prometheus' text exposition (format 0.0.4) of what the server counts."""

from __future__ import annotations

import asyncio
import os
import resource
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from foyer import __version__
from foyer.api.health import Health
from foyer.api.http.metrics import BUCKETS, HttpMetrics
from foyer.api.media.sendfile import FilePump
from foyer.db.database import Database
from foyer.events.bus import EventBus

Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A family of samples."""

    name: str
    kind: str
    help: str
    samples: tuple[tuple[str, Labels, float], ...]
    """Suffix of the name, labels, value."""

    def lines(self) -> Iterator[str]:
        """The family as text."""
        yield f"# HELP foyer_{self.name} {self.help}"
        yield f"# TYPE foyer_{self.name} {self.kind}"
        for suffix, labels, value in self.samples:
            inside = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
            yield f"foyer_{self.name}{suffix}{f'{{{inside}}}' if inside else ''} {value:.15g}"


def gauge(name: str, text: str, value: float, labels: Labels | None = None) -> Metric:
    """A family of one value that goes up and down."""
    return Metric(name=name, kind="gauge", help=text, samples=(("", labels or {}, value),))


def gauges(name: str, text: str, label: str, values: Mapping[str, float]) -> Metric:
    """A family with a value for each of a label."""
    samples = tuple(("", {label: key}, value) for key, value in sorted(values.items()))
    return Metric(name=name, kind="gauge", help=text, samples=samples)


@dataclass(slots=True, kw_only=True)
class Exposition:
    """Gathers everything. ``more`` brings the numbers of rooms this one does not know."""

    database: Database
    bus: EventBus
    health: Health
    http: HttpMetrics
    pump: FilePump
    more: list[Callable[[], Iterable[Metric]]] = field(default_factory=list)

    async def text(self) -> str:
        """The whole page."""
        metrics = [*self._process(), *self._http(), *await self._database(), *self._streams()]
        for source in self.more:
            metrics.extend(source())
        return "\n".join(line for metric in metrics for line in metric.lines()) + "\n"

    def _process(self) -> Iterator[Metric]:
        yield gauge("info", "The version that runs.", 1, {"version": __version__})
        yield gauge("uptime_seconds", "Seconds since the start.", self.health.uptime_s)
        yield gauge("ready", "Whether the server has loaded everything.", float(self.health.is_ready))
        yield gauge("resident_memory_bytes", "Memory of the server's own process.", resident_bytes())
        usage = resource.getrusage(resource.RUSAGE_SELF)
        yield Metric(
            name="cpu_seconds_total",
            kind="counter",
            help="Processor time of the server's own process.",
            samples=(("", {}, usage.ru_utime + usage.ru_stime),),
        )
        yield gauge("event_followers", "Open event subscriptions.", self.bus.follower_count)

    def _http(self) -> Iterator[Metric]:
        samples: list[tuple[str, Labels, float]] = []
        for route, histogram in sorted(self.http.durations.items()):
            total = 0
            for bound, count in zip((*map(str, BUCKETS), "+Inf"), histogram.counts, strict=True):
                total += count
                samples.append(("_bucket", {"route": route, "le": bound}, total))
            samples.append(("_sum", {"route": route}, histogram.total))
            samples.append(("_count", {"route": route}, total))
        yield Metric(
            name="http_request_duration_seconds",
            kind="histogram",
            help="From the first byte of a request to the last of its answer.",
            samples=tuple(samples),
        )
        yield Metric(
            name="http_responses_total",
            kind="counter",
            help="Answered requests.",
            samples=tuple(
                ("", {"route": route, "class": status}, float(count))
                for (route, status), count in sorted(self.http.responses.items())
            ),
        )

    def _streams(self) -> Iterator[Metric]:
        yield gauge("direct_streams", "Files being sent now.", self.pump.active)
        yield Metric(
            name="direct_sent_bytes_total",
            kind="counter",
            help="Bytes of files sent without copying.",
            samples=(("", {}, self.pump.sent_bytes),),
        )

    async def _database(self) -> list[Metric]:
        reader = self.database.reader
        jobs = await reader.all(
            "SELECT state, count(*) FROM job WHERE state IN ('queued', 'running', 'stopping', 'failed') GROUP BY state"
        )
        sessions = await reader.all(
            "SELECT method, count(*) FROM playback_session WHERE ended_at IS NULL GROUP BY method"
        )
        items = await reader.all("SELECT kind, count(*) FROM item GROUP BY kind")
        size = await asyncio.to_thread(_size, self.database.path)
        return [
            gauges("jobs", "Jobs by state.", "state", {row[0]: row[1] for row in jobs}),
            gauges("playback_sessions", "Open playback sessions by method.", "method", {r[0]: r[1] for r in sessions}),
            gauges("items", "Items by kind.", "kind", {row[0]: row[1] for row in items}),
            gauge("database_bytes", "The database with its journal.", size),
        ]


def resident_bytes() -> int:
    """Resident memory of this process; 0 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def _size(path: Path) -> int:
    total = 0
    for name in (path, path.with_name(f"{path.name}-wal")):
        try:
            total += name.stat().st_size
        except OSError:
            continue
    return total


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
