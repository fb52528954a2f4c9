"""Clips of every kind that matters, made once a run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from foyer.streaming.source import MediaSource
from tests.streaming import clips
from tests.streaming.sources import open_source

H264 = ("-c:v", "libx264", "-preset", "superfast", "-bf", "2", "-g", "50", "-pix_fmt", "yuv420p")
H265 = (
    "-c:v",
    "libx265",
    "-preset",
    "ultrafast",
    "-x265-params",
    "log-level=none",
    "-g",
    "100",
    "-pix_fmt",
    "yuv420p10le",
)
AAC = ("-c:a", "aac", "-b:a", "128k")
_KINDS: dict[str, tuple[str, tuple[str, ...], dict[str, object]]] = {
    "mp4": ("film.mp4", (*H264, *AAC), {}),
    "mkv": ("film.mkv", (*H264, *AAC), {}),
    "avi": ("film.avi", ("-c:v", "mpeg2video", "-q:v", "4", "-g", "15", "-bf", "2", "-c:a", "ac3"), {}),
    "hevc": (
        "film10.mkv",
        (*H265, "-c:a", "ac3"),
        {"channels": 6},
    ),
    "ts": ("film.ts", (*H264, "-c:a", "mp2", "-muxdelay", "0.5"), {}),
    "long": ("long.mp4", (*H264, *AAC), {"seconds": 120.0, "size": "160x90"}),
}


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A clip by kind."""
    folder = tmp_path_factory.mktemp("clips")

    def get(kind: str) -> Path:
        name, words, options = _KINDS[kind]
        path = folder / name
        return path if path.exists() else clips.make(path, *words, **options)  # type: ignore[arg-type]

    return get


@pytest.fixture(scope="session")
def source(clip: Callable[[str], Path]) -> Callable[[str], MediaSource]:
    """An indexed clip by kind."""
    return lambda kind: open_source(clip(kind))


@pytest.fixture
def film(source: Callable[[str], MediaSource]) -> MediaSource:
    return source("mp4")


@pytest.fixture
def long_film(source: Callable[[str], MediaSource]) -> MediaSource:
    return source("long")
