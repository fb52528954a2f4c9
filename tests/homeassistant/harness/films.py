"""What there is to watch at home: a film browsers play as it is, one they do not, and a short series."""

from __future__ import annotations

import subprocess
from pathlib import Path

LONG = "The Long Film"
DEEP = "The Deep Film"
SERIES = "The Show"
LONG_SECONDS = 110

_H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "24", "-bf", "2", "-pix_fmt", "yuv420p")
_HEVC = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error", "-pix_fmt", "yuv420p10le")


def make_films(folder: Path) -> Path:
    """A folder of movies; one of them is larger than what ingress collects before it sends."""
    rate = (
        "-b:v",
        "1200k",
        "-minrate",
        "1200k",
        "-maxrate",
        "1200k",
        "-bufsize",
        "1200k",
        "-x264-params",
        "nal-hrd=cbr",
    )
    _film(folder / f"{LONG} (2019).mp4", LONG_SECONDS, *_H264, *rate, "-movflags", "+faststart")
    _film(folder / f"{DEEP} (2021).mkv", 12, *_HEVC, "-s", "320x180")
    return folder


def make_series(folder: Path) -> Path:
    """A folder of one series of one season with two episodes."""
    for number in (1, 2):
        name = f"{SERIES} - S01E0{number} - Chapter {number}.mp4"
        _film(folder / SERIES / "Season 01" / name, 40, *_H264, "-s", "320x180", "-metadata", f"comment={number}")
    return folder


def make_clip(path: Path) -> Path:
    """A film of one second in some kilobytes, to make many of."""
    return _film(path, 1, *_H264, "-s", "64x36")


def _film(path: Path, seconds: int, *options: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y"]
    command += ["-f", "lavfi", "-i", f"testsrc2=size=640x360:rate=12:duration={seconds}"]
    command += ["-f", "lavfi", "-i", f"sine=frequency=440:beep_factor=4:sample_rate=48000:duration={seconds}"]
    subprocess.run([*command, "-ac", "2", "-c:a", "aac", *options, str(path)], check=True, timeout=120)
    return path
