"""The job ``library.demo``: a few synthetic clips and libraries over them, so that the first minute shows something."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from foyer.errors import ConflictError, UnavailableError, ValidationError
from foyer.jobs.context import JobContext
from foyer.jobs.model import JobKind, JobView, Lane, Priority
from foyer.jobs.queue import JobQueue
from foyer.library.kinds import LibraryKind
from foyer.library.service import Libraries
from foyer.media.ffmpeg import Ffmpeg, FfmpegFinder
from foyer.media.runner import Runner
from foyer.settings.options import Options

DEMO = "library.demo"
_TIMEOUT_S = 300.0
_FONTS = ("DejaVuSans.ttf", "LiberationSans-Regular.ttf", "NotoSans-Regular.ttf", "FreeSans.ttf")
_FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts")

_HUM = "0.10*sin(2*PI*110*t)*(0.6+0.4*sin(0.8*t))+0.05*sin(2*PI*164.81*t)*(0.6+0.4*sin(0.5*t))"
_NOTE = "220*pow(2,mod(5*floor(2*t)+3*floor(t/4),12)/12)"
_TUNE = (
    f"0.16*sin(2*PI*mod({_NOTE}*t,1))*exp(-3*mod(2*t,1)/2)+0.14*sin(2*PI*55*t)*exp(-6*mod(t,1))"
    "+0.05*(random(0)-0.5)*exp(-20*mod(t+0.5,1))"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """One clip to make; ``colors`` are those of a slow gradient, ``lines`` what stands on it."""

    path: str
    seconds: int
    lines: tuple[str, str]
    colors: tuple[str, str, str]
    sound: str = _HUM
    size: tuple[int, int] = (640, 360)
    chapters: tuple[str, ...] = ()
    subtitles: tuple[str, ...] = ()
    """Cues of equal length, as an embedded track."""
    tags: Mapping[str, str] = field(default_factory=dict)


CLIPS = (
    Clip(
        path="Films/The Lantern Coast (2024)/The Lantern Coast (2024).mp4",
        seconds=60,
        lines=("The Lantern Coast", "a film made of light"),
        colors=("0x14213d", "0x8e3b46", "0xf2a65a"),
        size=(1280, 720),
        chapters=("Dusk", "The Harbour", "Lanterns", "Morning"),
        subtitles=("The light goes slowly here.", "Every lamp has a keeper.", "Listen: the sea.", "Morning, then."),
        tags={"genre": "Drama", "date": "2024"},
    ),
    *(
        Clip(
            path=f"Series/Small Hours (2023)/Season {season}/Small Hours S{season:02}E{number:02} {title}.mkv",
            seconds=20,
            lines=("Small Hours", f"{season}x{number}  {title}"),
            colors=colors,
            subtitles=("It is late.", "Nobody sleeps."),
        )
        for season, number, title, colors in (
            (1, 1, "Half Past Two", ("0x0b132b", "0x3a506b", "0x5bc0be")),
            (1, 2, "The Kettle", ("0x2b2d42", "0x8d99ae", "0xef233c")),
            (2, 1, "Blue Window", ("0x03045e", "0x0077b6", "0x90e0ef")),
            (2, 2, "First Tram", ("0x432818", "0x99582a", "0xffe6a7")),
        )
    ),
    Clip(
        path="Music Videos/The House Band - Opening Night.mp4",
        seconds=30,
        lines=("Opening Night", "The House Band"),
        colors=("0x3c096c", "0xff006e", "0xffbe0b"),
        sound=_TUNE,
        tags={"genre": "Electronic", "artist": "The House Band", "title": "Opening Night", "date": "2025"},
    ),
)
LIBRARIES = (
    ("Demo films", LibraryKind.MOVIES, "Films"),
    ("Demo series", LibraryKind.SERIES, "Series"),
    ("Demo music videos", LibraryKind.MUSIC_VIDEOS, "Music Videos"),
)


class Demo:
    """Makes the demo library; a second run finds what is there and adds only what is missing."""

    def __init__(
        self, libraries: Libraries, queue: JobQueue, ffmpeg: FfmpegFinder, runner: Runner, options: Options
    ) -> None:
        self._libraries = libraries
        self._queue = queue
        self._ffmpeg = ffmpeg
        self._runner = runner
        self.folder = (options.media[0] if options.media else options.data.parent) / "Foyer demo"
        """Where the clips go: beside the user's media, never among Foyer's own data."""

    def job_kind(self) -> JobKind:
        """What to register with the queue."""
        return JobKind(name=DEMO, lane=Lane.CPU, handler=self.run, max_attempts=2)

    async def enqueue(self, *, user_id: int | None = None) -> JobView:
        """Queue the job, or return the one at work."""
        return await self._queue.enqueue(
            DEMO,
            title="Make the demo library",
            priority=Priority.USER,
            dedupe_key=DEMO,
            user_id=user_id,
            unit="seconds",
        )

    async def run(self, context: JobContext) -> None:
        """Make the clips, then the libraries over them. Raises ``UnavailableError`` without ffmpeg or disk space."""
        ffmpeg = await self._ffmpeg.get()
        total = sum(clip.seconds for clip in CLIPS)
        done = 0
        for clip in CLIPS:
            await context.progress(done, total, unit="seconds", message=f"Drawing {clip.lines[0]}")
            await self._make(ffmpeg, clip)
            done += clip.seconds
        await context.progress(done, total, message="Adding the libraries")
        taken = {library.name for library in await self._libraries.all()}
        for name, kind, folder in LIBRARIES:
            if name in taken:
                continue
            try:
                await self._libraries.create(name, kind, [str(self.folder / folder)], user_id=context.job.user_id)
            except (ConflictError, ValidationError) as error:
                await context.log(f"{name} was not added: {error.message}", level="warning")

    async def _make(self, ffmpeg: Ffmpeg, clip: Clip) -> None:
        target = self.folder / clip.path
        work = target.with_name(f".{target.name}.new")
        try:
            if await asyncio.to_thread(_prepare, target, work, clip):
                await self._runner.run(_argv(ffmpeg, clip, work), timeout_s=_TIMEOUT_S, niceness=5)
                await asyncio.to_thread(_finish, target, work)
        except OSError as error:
            problem = f"The demo library cannot be written to {self.folder}: {error.strerror}."
            raise UnavailableError(problem) from error


def _prepare(target: Path, work: Path, clip: Clip) -> bool:
    """Write what ffmpeg reads beside the clip; false when the clip is there already."""
    if target.exists():
        return False
    work.mkdir(parents=True, exist_ok=True)
    (work / "cues.srt").write_text(_srt(clip), "utf-8")
    (work / "chapters.txt").write_text(_metadata(clip), "utf-8")
    for number, line in enumerate(clip.lines):
        (work / f"line{number}.txt").write_text(line, "utf-8")
    return True


def _finish(target: Path, work: Path) -> None:
    (work / f"clip{target.suffix}").rename(target)
    for left in work.iterdir():
        left.unlink()
    work.rmdir()


def _argv(ffmpeg: Ffmpeg, clip: Clip, work: Path) -> list[str]:
    width, height = clip.size
    first, second, third = clip.colors
    gradient = (
        f"gradients=size={width // 4}x{height // 4}:rate=24:duration={clip.seconds}:speed=0.015:nb_colors=3:seed=7"
        f":c0={first}:c1={second}:c2={third}"
    )
    picture = [f"scale={width}:{height}:flags=bicubic", *_titles(ffmpeg, height, work), "format=yuv420p"]
    text = "mov_text" if clip.path.endswith(".mp4") else "srt"
    inputs = [
        "-f",
        "lavfi",
        "-i",
        gradient,
        "-f",
        "lavfi",
        "-i",
        f"aevalsrc={_quoted(clip.sound)}:s=48000:d={clip.seconds}",
    ]
    inputs += ["-i", str(work / "chapters.txt")]
    subtitles: list[str] = []
    if clip.subtitles:
        inputs += ["-i", str(work / "cues.srt")]
        subtitles = ["-map", "3:s", "-c:s", text, "-metadata:s:s:0", "language=eng"]
    coding = ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "animation", "-crf", "20", "-g", "48", "-bf", "0"]
    sound = ["-c:a", "aac", "-b:a", "128k", "-ac", "2", "-metadata:s:a:0", "language=eng"]
    shape = ["-movflags", "+faststart"] if clip.path.endswith(".mp4") else []
    return [
        *(str(ffmpeg.path), "-nostdin", "-v", "error", "-y", *inputs, "-vf", ",".join(picture)),
        *("-map", "0:v", "-map", "1:a", *subtitles, "-map_metadata", "2", "-map_chapters", "2"),
        *(*coding, *sound, *shape, str(work / f"clip{Path(clip.path).suffix}")),
    ]


def _titles(ffmpeg: Ffmpeg, height: int, work: Path) -> list[str]:
    """The lines on the picture, where this ffmpeg can draw text and the system has a font."""
    font = _font() if "drawtext" in ffmpeg.filters else None
    if font is None:
        return []
    place = "fontcolor=white@0.92:shadowcolor=black@0.35:shadowx=2:shadowy=2:x=(w-text_w)/2"
    sizes = ((height // 9, f"(h-text_h)/2-{height // 24}"), (height // 20, f"(h-text_h)/2+{height // 10}"))
    return [
        f"drawtext=fontfile={_quoted(str(font))}:textfile={_quoted(str(work / f'line{number}.txt'))}"
        f":fontsize={size}:y={y}:{place}"
        for number, (size, y) in enumerate(sizes)
    ]


def _quoted(text: str) -> str:
    """A filter option's value: quoted once for the option, once for the filter graph (ffmpeg-filters, Notes)."""
    escaped = text.replace("\\", "\\\\").replace(":", "\\:").replace("'", "\\'")
    return "'" + escaped.replace("'", "'\\''") + "'"


def _font() -> Path | None:
    for folder in _FONT_FOLDERS:
        for name in _FONTS:
            for found in Path(folder).rglob(name):
                return found
    return None


def _srt(clip: Clip) -> str:
    return "\n".join(
        f"{number + 1}\n{_clock(start)} --> {_clock(start + step - 1)}\n{text}\n"
        for step in [clip.seconds // max(1, len(clip.subtitles))]
        for number, text in enumerate(clip.subtitles)
        for start in [number * step + 1]
    )


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02},000"


def _metadata(clip: Clip) -> str:
    """Tags and chapters in ffmpeg's own metadata format."""
    lines = [";FFMETADATA1", *(f"{name}={value}" for name, value in clip.tags.items())]
    return "\n".join([*lines, *_chapters(clip.chapters, clip.seconds * 1000)]) + "\n"


def _chapters(titles: Sequence[str], duration_ms: int) -> list[str]:
    lines: list[str] = []
    for number, title in enumerate(titles):
        start, end = number * duration_ms // len(titles), (number + 1) * duration_ms // len(titles)
        lines += ["[CHAPTER]", "TIMEBASE=1/1000", f"START={start}", f"END={end}", f"title={title}"]
    return lines
