"""What precedes the clusters: SeekHead, Info, Tracks and Cues (RFC 9559 §5.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from foyer.errors import MediaError
from foyer.media.info import StreamKind
from foyer.media.matroska.blocks import CLUSTER
from foyer.media.matroska.ebml import Element, Scanner, children, damaged, real, unsigned
from foyer.media.source_file import SourceFile

_EBML, _SEGMENT, _SEEK_HEAD, _INFO, _TRACKS, _CUES = (
    0x1A45DFA3,
    0x18538067,
    0x114D9B74,
    0x1549A966,
    0x1654AE6B,
    0x1C53BB6B,
)
_MAX_ELEMENT_BYTES = 64 * 1024 * 1024
_MAX_TOP_LEVEL = 10_000
"""Elements before the first cluster (attachments and the like are skipped, not read)."""
_MAX_SEEK_HEADS = 8
_MAX_TRACKS = 256
_KINDS = {1: StreamKind.VIDEO, 2: StreamKind.AUDIO, 0x11: StreamKind.SUBTITLE, 0x21: StreamKind.DATA}


@dataclass(frozen=True, slots=True)
class Cue:
    """A keyframe somebody wrote down."""

    time: int
    track: int
    cluster: int
    """Absolute position of the cluster."""


@dataclass(slots=True, kw_only=True)
class MatroskaTrack:
    """One TrackEntry; fields default as the specification says."""

    stream: int = -1
    """libavformat's stream index."""
    number: int = 0
    kind: StreamKind = StreamKind.DATA
    codec_id: str = ""
    private: bytes = b""
    default_duration_ns: int = 0
    codec_delay_ns: int = 0
    stripped: bytes = b""
    """Bytes that header-stripping compression took off every frame."""
    is_encoded: bool = False
    """Compressed or encrypted in a way that is not read."""
    width: int = 0
    height: int = 0
    display: tuple[int, int] = (0, 0)
    colour: dict[int, float] = field(default_factory=dict)
    """Numbers of the Colour element by element ID."""
    dolby_vision: tuple[bytes, bytes] | None = None
    """Kind and payload of a ``dvcC`` or ``dvvC`` box."""
    sample_rate: float = 8000.0
    output_rate: float = 0.0
    channels: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class MatroskaFile:
    """The header of one file."""

    scale_ns: int
    """Nanoseconds per segment tick."""
    duration: float
    """Segment ticks; 0 when unknown."""
    tracks: tuple[MatroskaTrack, ...]
    cues: tuple[Cue, ...]
    first_cluster: int
    end: int
    """Where the segment ends."""

    @property
    def time_base(self) -> Fraction:
        """Seconds per segment tick."""
        return Fraction(self.scale_ns, 1_000_000_000)


def read_header(source: SourceFile, *, with_cues: bool = True) -> MatroskaFile:
    """Everything up to the first cluster, and the Cues (if wanted) wherever SeekHead says they are."""
    return _HeaderReader(source, with_cues=with_cues).read()


class _HeaderReader:
    def __init__(self, source: SourceFile, *, with_cues: bool) -> None:
        self._source = source
        self._wanted = {_INFO, _TRACKS, _CUES} if with_cues else {_INFO, _TRACKS}
        self._scanner = Scanner(source)
        self._found: dict[int, tuple[bytes, Element]] = {}
        self._seek: dict[int, int] = {}
        self._seek_heads: set[int] = set()

    def read(self) -> MatroskaFile:
        head = self._scanner.element(0, self._source.size)
        if head.id != _EBML:
            raise damaged("it does not begin as one")
        segment = self._scanner.element(head.end, self._source.size)
        if segment.id != _SEGMENT:
            raise damaged("it has no segment")
        first_cluster = self._scan(segment)
        self._follow_seek_heads(segment)
        if _TRACKS not in self._found:
            raise damaged("it has no tracks")
        scale, duration = self._info()
        tracks = tuple(_tracks(*self._found[_TRACKS]))
        return MatroskaFile(
            scale_ns=scale,
            duration=duration,
            tracks=tracks,
            cues=tuple(self._cues(segment)),
            first_cluster=first_cluster,
            end=segment.end,
        )

    def _scan(self, segment: Element) -> int:
        """Read the elements before the first cluster; returns its position."""
        at = segment.start
        for _ in range(_MAX_TOP_LEVEL):
            if at >= segment.end:
                break
            element = self._scanner.element(at, segment.end)
            if element.id == CLUSTER:
                return at
            if element.is_unknown_size:
                break
            self._keep(at, element, segment)
            at = element.end
        raise MediaError("This Matroska file has no media: it was cut short or is still being written.")

    def _keep(self, at: int, element: Element, segment: Element) -> None:
        if element.id == _SEEK_HEAD:
            self._read_seek_head(at, element, segment)
        elif element.id in self._wanted and element.id not in self._found:
            self._found[element.id] = self._load(element)

    def _load(self, element: Element) -> tuple[bytes, Element]:
        length = element.end - element.start
        if length > _MAX_ELEMENT_BYTES:
            raise damaged("a header element is too large")
        return self._source.read(element.start, length), Element(element.id, 0, length)

    def _read_seek_head(self, at: int, element: Element, segment: Element) -> None:
        if at in self._seek_heads or len(self._seek_heads) >= _MAX_SEEK_HEADS:
            return
        self._seek_heads.add(at)
        data, whole = self._load(element)
        for entry in children(data, whole):
            target, position = 0, -1
            for child in children(data, entry) if entry.id == 0x4DBB else ():
                if child.id == 0x53AB:
                    target = unsigned(data, child)
                elif child.id == 0x53AC:
                    position = unsigned(data, child)
            if position >= 0 and segment.start + position < segment.end:
                self._seek.setdefault(target, segment.start + position)

    def _follow_seek_heads(self, segment: Element) -> None:
        """Load what is stored behind the clusters; a wrong position is no error, the element just stays unknown."""
        for kind in (_SEEK_HEAD, _INFO, _TRACKS, _CUES):
            at = self._seek.get(kind)
            if at is None or kind in self._found or (kind == _CUES and kind not in self._wanted):
                continue
            try:
                element = self._scanner.element(at, segment.end)
                if element.id == kind and not element.is_unknown_size:
                    self._keep(at, element, segment)
            except MediaError:
                if kind == _TRACKS:
                    raise

    def _info(self) -> tuple[int, float]:
        scale, duration = 1_000_000, 0.0
        if _INFO in self._found:
            data, info = self._found[_INFO]
            for child in children(data, info):
                if child.id == 0x2AD7B1:
                    scale = unsigned(data, child)
                elif child.id == 0x4489:
                    duration = real(data, child)
        if not 0 < scale <= 1_000_000_000:
            raise damaged("its clock has no rate")
        return scale, duration if 0 <= duration < 1 << 50 else 0.0

    def _cues(self, segment: Element) -> Iterator[Cue]:
        if _CUES not in self._found:
            return
        data, cues = self._found[_CUES]
        try:
            for point in children(data, cues):
                if point.id == 0xBB:
                    yield from _cue_point(data, point, segment)
        except MediaError:
            return  # Damaged cues are as good as none: the index walks the clusters instead.


def _cue_point(data: bytes, point: Element, segment: Element) -> Iterator[Cue]:
    time = -1
    for child in children(data, point):
        if child.id == 0xB3:
            time = unsigned(data, child)
    for child in children(data, point):
        if child.id != 0xB7 or not 0 <= time < 1 << 50:
            continue
        track, position = 0, -1
        for part in children(data, child):
            if part.id == 0xF7:
                track = unsigned(data, part)
            elif part.id == 0xF1:
                position = unsigned(data, part)
        if 0 <= position < segment.end - segment.start:
            yield Cue(time, track, segment.start + position)


def _tracks(data: bytes, element: Element) -> Iterator[MatroskaTrack]:
    stream = count = 0
    for entry in children(data, element):
        if entry.id != 0xAE:
            continue
        count += 1
        if count > _MAX_TRACKS:
            raise damaged("it has too many tracks")
        track = _track(data, entry)
        # libavformat gives no stream to other kinds of track (buttons, logos) nor to one without a codec.
        if track.kind is StreamKind.DATA and not track.codec_id:
            continue
        track.stream = stream
        stream += 1
        yield track


def _track(data: bytes, entry: Element) -> MatroskaTrack:
    track = MatroskaTrack()
    for child in children(data, entry):
        if child.id in _TRACK_NUMBERS:
            setattr(track, _TRACK_NUMBERS[child.id], unsigned(data, child))
        elif child.id in _TRACK_PARTS:
            _TRACK_PARTS[child.id](data, child, track)
        elif child.id == 0x83:
            track.kind = _KINDS.get(unsigned(data, child), StreamKind.DATA)
        elif child.id == 0x86:
            track.codec_id = data[child.start : child.end].rstrip(b"\0").decode("ascii", "replace")
        elif child.id == 0x63A2:
            track.private = data[child.start : child.end]
    return track


def _encodings(data: bytes, element: Element, track: MatroskaTrack) -> None:
    """ContentEncodings: header stripping (algorithm 3) is undone, anything else makes the track unreadable."""
    found = [child for child in children(data, element) if child.id == 0x6240]
    if len(found) != 1:
        track.is_encoded = bool(found)
        return
    kind, algorithm, settings, scope = 0, 0, b"", 1
    for child in children(data, found[0]):
        if child.id == 0x5033:
            kind = unsigned(data, child)
        elif child.id == 0x5032:
            scope = unsigned(data, child)
        elif child.id == 0x5034:
            for part in children(data, child):
                if part.id == 0x4254:
                    algorithm = unsigned(data, part)
                elif part.id == 0x4255:
                    settings = data[part.start : part.end]
    if kind == 0 and algorithm == 3 and scope == 1 and len(settings) <= 1024:
        track.stripped = settings
    else:
        track.is_encoded = True


def _video(data: bytes, element: Element, track: MatroskaTrack) -> None:
    display = {0x54B0: 0, 0x54BA: 0, 0x54B2: 0}
    for child in children(data, element):
        if child.id == 0xB0:
            track.width = unsigned(data, child) & 0xFFFF
        elif child.id == 0xBA:
            track.height = unsigned(data, child) & 0xFFFF
        elif child.id in display:
            display[child.id] = unsigned(data, child)
        elif child.id == 0x55B0:
            _colour(data, child, track)
    if display[0x54B2] in {0, 3}:  # Pixels, or an aspect ratio.
        track.display = (display[0x54B0], display[0x54BA])


def _colour(data: bytes, element: Element, track: MatroskaTrack) -> None:
    for child in children(data, element):
        if child.id == 0x55D0:
            for part in children(data, child):
                track.colour[part.id] = real(data, part)
        elif child.end - child.start <= 8:
            track.colour[child.id] = unsigned(data, child)


def _audio(data: bytes, element: Element, track: MatroskaTrack) -> None:
    for child in children(data, element):
        if child.id == 0xB5:
            track.sample_rate = real(data, child)
        elif child.id == 0x78B5:
            track.output_rate = real(data, child)
        elif child.id == 0x9F:
            track.channels = unsigned(data, child)


def _addition(data: bytes, element: Element, track: MatroskaTrack) -> None:
    """BlockAdditionMapping: where Dolby Vision keeps its configuration."""
    kind, extra = 0, b""
    for child in children(data, element):
        if child.id == 0x41E7:
            kind = unsigned(data, child)
        elif child.id == 0x41ED:
            extra = data[child.start : child.end]
    name = kind.to_bytes(8, "big")[-4:]
    if name in {b"dvcC", b"dvvC"} and 0 < len(extra) <= 64:
        track.dolby_vision = (name, extra)


_TRACK_NUMBERS = {0xD7: "number", 0x23E383: "default_duration_ns", 0x56AA: "codec_delay_ns"}
_TRACK_PARTS: dict[int, Callable[[bytes, Element, MatroskaTrack], None]] = {
    0x6D80: _encodings,
    0xE0: _video,
    0xE1: _audio,
    0x41E4: _addition,
}
