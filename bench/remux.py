"""Indexing and copying a two-hour film in process, beside ffprobe, libav and ffmpeg doing the same."""

from __future__ import annotations

import io
import random
import resource
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av

from bench import Figure
from foyer.media.file_index import FileIndex
from foyer.media.index import build_index
from foyer.media.info import MediaInfo, StreamInfo, StreamKind
from foyer.media.remux import Remuxer

_PICTURE = ("-f", "lavfi", "-i", "testsrc2=s=640x360:r=24000/1001", "-f", "lavfi", "-i", "sine=440:r=48000", "-t", "60")
_CODECS = ("-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast", "-bf", "3", "-g", "48", "-c:a", "aac")
_SEGMENTS = 300
_PROCESSES = 10


def run() -> list[Figure]:
    """Figures for MP4 and Matroska; 0.8 GB of temporary files for a minute."""
    with tempfile.TemporaryDirectory() as folder:
        film = Path(folder) / "film.mp4"
        _ffmpeg(*_PICTURE, *_CODECS, "-b:v", "800k", f"{folder}/minute.mp4")
        _ffmpeg("-stream_loop", "119", "-i", f"{folder}/minute.mp4", "-c", "copy", str(film))
        figures = _measure(film, "MP4")
        again = Path(folder) / "film.mkv"
        _ffmpeg("-i", str(film), "-c", "copy", str(again))
        film.unlink()
        return figures + _measure(again, "Matroska")


def _measure(film: Path, name: str) -> list[Figure]:
    info = _info(film)
    index = build_index(film, info)
    ours = min(_cpu(lambda: build_index(film, info)) for _ in range(3))
    ffprobe = shutil.which("ffprobe")
    peer = _children_cpu([ffprobe, *_PACKETS, str(film)]) if ffprobe else None
    figures = [
        Figure(
            name=f"index of a 2 h {name} film",
            value=ours,
            unit="s CPU",
            peer="ffprobe reading its packets",
            peer_value=peer,
            target="under a second",
            met=ours < 1,
            note=f"{index.segment_count} segments, {len(index.to_bytes())} bytes stored",
        )
    ]
    return figures + _segments(film, index, name)


_PACKETS = ("-v", "error", "-select_streams", "V:0", "-show_entries", "packet=pts,flags", "-of", "csv=p=0")


def _segments(film: Path, index: FileIndex, name: str) -> list[Figure]:
    order = random.Random(5)
    some = [order.randrange(index.segment_count) for _ in range(_SEGMENTS)]
    with Remuxer.open(film, index) as remuxer:
        figures = []
        for track in remuxer.tracks:
            is_video = index.video is not None and index.video.stream == track
            kind = "video" if is_video else "audio"
            spent = sorted(_wall(lambda i=i, t=track: remuxer.read(remuxer.segment(t, i))) for i in some)  # type: ignore[misc]
            peer = statistics.median(_wall(lambda i=i, k=kind: _libav(film, index, i, k)) for i in some[:50])  # type: ignore[misc]
            late = spent[len(spent) * 95 // 100] * 1000
            figures.append(
                Figure(
                    name=f"copied {kind} segment of a {name} film, any order, 95th percentile",
                    value=late,
                    unit="ms",
                    peer="libav in process, median",
                    peer_value=peer * 1000,
                    target="under 20 ms",
                    met=late < 20,
                    note=f"median {statistics.median(spent) * 1000:.2f} ms",
                )
            )
    figures.append(_against_ffmpeg(film, index, name, some[:_PROCESSES]))
    return figures


def _against_ffmpeg(film: Path, index: FileIndex, name: str, some: list[int]) -> Figure:
    def ours() -> None:
        with Remuxer.open(film, index) as remuxer:
            for track in remuxer.tracks:
                remuxer.read(remuxer.segment(track, some[0]))

    opened = statistics.median(_wall(ours) for _ in range(_PROCESSES))
    return Figure(
        name=f"first segment of a {name} film, opening included",
        value=opened * 1000,
        unit="ms",
        peer="ffmpeg -ss -c copy, a process",
        peer_value=statistics.median(_wall(lambda i=i: _process(film, index, i)) for i in some) * 1000,  # type: ignore[misc]
    )


def _libav(film: Path, index: FileIndex, i: int, kind: str) -> None:
    """The same span copied by libav's own demuxer and muxer; its cuts and times are not exact."""
    start, end = index.boundaries[i] * index.time_base, index.boundaries[i + 1] * index.time_base
    with av.open(str(film)) as source, av.open(io.BytesIO(), "w", format="mp4", options=_FRAGMENT) as sink:
        stream = source.streams.video[0] if kind == "video" else source.streams.audio[0]
        out = sink.add_stream_from_template(stream)
        base = Fraction(stream.time_base or 1)
        source.seek(int(start / base), stream=stream)
        for packet in source.demux(stream):
            if packet.pts is None or packet.dts is None:
                continue
            if packet.is_keyframe and packet.pts * base >= end:
                break
            packet.stream = out
            sink.mux(packet)


_FRAGMENT = {"movflags": "frag_custom+empty_moov+default_base_moof"}


def _process(film: Path, index: FileIndex, i: int) -> None:
    start = float(index.boundaries[i] * index.time_base)
    length = float(index.segment_duration(i))
    _ffmpeg(
        *("-ss", f"{start:.6f}", "-i", str(film), "-t", f"{length:.6f}", "-c", "copy", "-f", "mp4"),
        *("-movflags", "+frag_keyframe+empty_moov", "/dev/null"),
    )


def _info(film: Path) -> MediaInfo:
    with av.open(str(film)) as container:
        streams = tuple(
            StreamInfo(
                index=s.index,
                kind=StreamKind(s.type),
                codec=s.codec_context.codec.canonical_name,
                time_base=Fraction(s.time_base or 1),
            )
            for s in (*container.streams.video, *container.streams.audio)
        )
    return MediaInfo(
        container=film.suffix[1:],
        size=film.stat().st_size,
        duration_us=None,
        start_us=0,
        bit_rate=None,
        streams=streams,
    )


def _ffmpeg(*arguments: str) -> None:
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", *arguments], check=True, stdout=subprocess.DEVNULL)


def _wall(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _cpu(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def _children_cpu(command: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
