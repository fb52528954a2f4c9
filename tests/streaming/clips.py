"""Clips that carry their own truth: each frame shows its number, each whole second beeps."""

from __future__ import annotations

import io
import subprocess
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

BITS = 12
RATE = Fraction(24000, 1001)
SECONDS = 20.0
FRAMES = 480
"""Of a clip as long as that."""
_CELL = Fraction(1, 16)
"""Width of one bit, as a share of the picture's."""


def _picture(size: str, seconds: float, rate: Fraction, extra: str = "") -> list[str]:
    width, height = map(int, size.split("x"))
    cell, rows = width // 16, height // 8
    boxes = [f"drawbox=x=0:y=0:w={width}:h={rows}:color=black:t=fill"]
    boxes += [
        f"drawbox=x={k * cell}:y=0:w={cell}:h={rows}:color=white:t=fill:enable='mod(floor(n/{1 << k}),2)'"
        for k in range(BITS)
    ]
    source = f"testsrc2=size={size}:rate={rate}:duration={seconds}"
    return ["-f", "lavfi", "-i", ",".join((source, *boxes)) + extra]


def _sound(seconds: float, channels: int, sample_rate: int) -> list[str]:
    beep = "sin(2*PI*1000*t)*0.8*lt(mod(t,1),0.04)"
    layout = {1: "mono", 2: "stereo", 6: "5.1"}[channels]
    return ["-f", "lavfi", "-i", f"aevalsrc='{'|'.join([beep] * channels)}':c={layout}:s={sample_rate}:d={seconds}"]


def make(
    path: Path,
    *words: str,
    seconds: float = SECONDS,
    size: str = "320x180",
    rate: Fraction = RATE,
    channels: int = 2,
    sample_rate: int = 48_000,
    sound: bool = True,
    extra: str = "",
) -> Path:
    """Write a clip with the codecs in ``words``."""
    inputs = _picture(size, seconds, rate, extra) + (_sound(seconds, channels, sample_rate) if sound else [])
    subprocess.run(["ffmpeg", "-v", "error", "-y", *inputs, *words, str(path)], check=True)
    return path


def number(gray: np.ndarray) -> int:
    """The number a frame shows."""
    height, width = gray.shape
    y = max(1, height // 16)
    return sum(1 << k for k in range(BITS) if gray[y, int((k + 0.5) * width / 16)] > 128)


class Reading:
    """What a player would show and play of a stream."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.times: list[float] = []
        self.beeps: list[float] = []
        self.audio_gaps: list[float] = []
        self.audio_end = 0.0
        self.last_loud = -1.0

    @property
    def av_offsets(self) -> list[float]:
        """Seconds by which each beep comes after the picture that belongs to it."""
        zero = self.times[0] - self.numbers[0] / float(RATE)
        return [beep - zero - round(beep - zero) for beep in self.beeps]

    def time_errors(self, rate: Fraction = RATE) -> list[float]:
        """Seconds by which each picture is off its own number, against the first."""
        zero = self.times[0] - self.numbers[0] / float(rate)
        return [time - zero - n / float(rate) for n, time in zip(self.numbers, self.times, strict=True)]


def read(media: str | Path | bytes) -> Reading:
    """Decode a file, a playlist's URL or the bytes of an fMP4."""
    found = Reading()
    options = {"allowed_extensions": "ALL", "extension_picky": "0"} if str(media).startswith("http") else {}
    source = io.BytesIO(media) if isinstance(media, bytes) else str(media)
    with av.open(source, "r", options=options) as container:
        streams = [*container.streams.video[:1], *container.streams.audio[:1]]
        for packet in container.demux(streams):
            for frame in packet.decode():
                if isinstance(frame, av.VideoFrame):
                    found.numbers.append(number(frame.to_ndarray(format="gray")))
                    found.times.append(frame.time or 0.0)
                elif isinstance(frame, av.AudioFrame):
                    _listen(frame, found)
    return found


def _listen(frame: av.AudioFrame, found: Reading) -> None:
    start = frame.time or 0.0
    if found.audio_end and abs(start - found.audio_end) > 0.0005:
        found.audio_gaps.append(start - found.audio_end)
    found.audio_end = start + frame.samples / frame.sample_rate
    samples = frame.to_ndarray()
    wave = np.abs(samples[0].astype(np.float32)) / (1 if samples.dtype == np.float32 else 32768)
    loud = np.nonzero(wave > 0.3)[0]
    if len(loud):
        onset = start + int(loud[0]) / frame.sample_rate
        if onset - found.last_loud > 0.5:
            found.beeps.append(onset)
        found.last_loud = start + int(loud[-1]) / frame.sample_rate
