"""Clips for the index and remux tests, made by the system's ffmpeg, and a plain PyAV reading of what they contain."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from pathlib import Path

import av

from foyer.media.info import MediaInfo, StreamInfo, StreamKind
from foyer.media.remux import Remuxer

FFMPEG = shutil.which("ffmpeg") or "ffmpeg"
RATE = "24000/1001"

_PICTURE = ["-f", "lavfi", "-i", f"testsrc2=s=320x180:r={RATE}"]
_SOUND = ["-f", "lavfi", "-i", "sine=440:r=48000"]
_H264 = ["-c:v", "libx264", "-preset", "ultrafast", "-bf", "3", "-b_strategy", "0", "-g", "60"]
_H264 += ["-x264-params", "b-pyramid=normal:ref=3"]
_OPEN_GROUPS = "open-gop=1:keyint=48:min-keyint=48:bframes=4:log-level=error"
_HEVC = [*["-c:v", "libx265", "-preset", "ultrafast"], "-x265-params", _OPEN_GROUPS]
_VP9 = ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "300k", "-g", "50"]
_AAC = ["-c:a", "aac", "-b:a", "64k"]

RECIPES: dict[str, tuple[str, list[str]]] = {
    "h264.mp4": ("12", [*_H264, *_AAC, "-movflags", "+faststart"]),
    "h264.mkv": ("12", [*_H264, *_AAC]),
    "hevc.mp4": ("12", [*_HEVC, "-tag:v", "hvc1", *_AAC]),
    "hevc.mkv": ("12", [*_HEVC, "-c:a", "ac3"]),
    "vp9.webm": (
        "10",
        [
            *["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "300k", "-g", "50"],
            "-c:a",
            "libopus",
        ],
    ),
    "av1.mkv": ("10", [*["-c:v", "libsvtav1", "-preset", "12", "-crf", "50", "-g", "60"], "-c:a", "flac"]),
    "fragmented.mp4": ("12", [*_H264, *_AAC, "-movflags", "+frag_keyframe+empty_moov+default_base_moof"]),
    "edited.mov": ("10", [*_H264, *_AAC]),
    "eac3.mp4": ("8", [*_H264, "-c:a", "eac3"]),
    "flac.mp4": ("8", [*_H264, "-c:a", "flac", "-strict", "-2"]),
    "opus.mp4": ("8", [*_H264, "-c:a", "libopus"]),
    "mp3.mp4": ("8", [*_H264, "-c:a", "libmp3lame"]),
    "eac3.mkv": ("8", [*_H264, "-c:a", "eac3"]),
    "opus.mkv": ("8", [*_H264, "-c:a", "libopus"]),
    "mp3.mkv": ("8", [*_H264, "-c:a", "libmp3lame"]),
    "broadcast.ts": ("10", [*_H264, *_AAC]),
    "old.avi": ("10", [*["-c:v", "mpeg4", "-bf", "0", "-g", "48"], "-c:a", "libmp3lame"]),
    "sparse.mp4": ("30", [*["-c:v", "libx264", "-preset", "ultrafast", "-g", "9999", "-sc_threshold", "0"], *_AAC]),
}
SOUND_ONLY: dict[str, list[str]] = {"song.m4a": _AAC, "song.mka": _AAC, "song.mp3": ["-c:a", "libmp3lame"]}


def make(folder: Path, name: str) -> Path:
    """The clip called ``name``, made on first use."""
    path = folder / name
    if path.exists():
        return path
    if name in SOUND_ONLY:
        ffmpeg(*_SOUND, "-t", "20", *SOUND_ONLY[name], str(path))
    else:
        seconds, options = RECIPES[name]
        ffmpeg(*_PICTURE, *_SOUND, "-t", seconds, "-pix_fmt", "yuv420p", *options, str(path))
    return path


def ffmpeg(*arguments: str) -> str:
    """Run ffmpeg; its warnings are what it returns."""
    done = subprocess.run(
        [FFMPEG, "-nostdin", "-hide_banner", "-v", "warning", "-y", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


def info_of(path: Path) -> MediaInfo:
    """The probe's facts an index needs."""
    with av.open(str(path)) as container:
        streams = []
        for s in container.streams:
            if s.type not in {"video", "audio"}:
                continue
            streams.append(
                StreamInfo(
                    index=s.index,
                    kind=StreamKind(s.type),
                    codec=s.codec_context.codec.canonical_name,
                    time_base=Fraction(s.time_base or 1),
                    start_pts=s.start_time,
                    duration_ticks=s.duration,
                    frame_rate=Fraction(s.average_rate) if s.type == "video" and s.average_rate else None,
                    sample_rate=s.codec_context.sample_rate
                    if isinstance(s.codec_context, av.AudioCodecContext)
                    else None,
                )
            )
        return MediaInfo(
            container=container.format.name.split(",")[0],
            size=path.stat().st_size,
            duration_us=container.duration,
            start_us=container.start_time or 0,
            bit_rate=container.bit_rate,
            streams=tuple(streams),
        )


@dataclass(frozen=True)
class Packets:
    """What a demuxer reports of one stream, in decode order."""

    pts: list[Fraction]
    keys: list[bool]
    payloads: list[bytes]
    durations: list[Fraction]


def stitched(remuxer: Remuxer, track: int, segments: Iterable[int]) -> bytes:
    """The init segment and some media segments of one track, as a player would append them."""
    return remuxer.init_segment(track) + b"".join(remuxer.read(remuxer.segment(track, i)) for i in segments)


def packets(media: Path | bytes, kind: str) -> Packets:
    """Every packet of the first stream of a kind; times in seconds."""
    found = Packets([], [], [], [])
    with av.open(BytesIO(media) if isinstance(media, bytes) else str(media), "r") as container:
        stream = container.streams.video[0] if kind == "video" else container.streams.audio[0]
        base = Fraction(stream.time_base or 1)
        for packet in container.demux(stream):
            if packet.size:
                found.pts.append((packet.pts if packet.pts is not None else packet.dts or 0) * base)
                found.keys.append(packet.is_keyframe)
                found.payloads.append(bytes(packet))
                found.durations.append((packet.duration or 0) * base)
    return found
