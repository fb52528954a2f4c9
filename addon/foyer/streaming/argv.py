"""The words that start an encoder head. No word comes from a request: every value is a number or of a closed set.

Each option is here for a measured reason:

- The start is cut by ``trim`` and not by ``-ss``: an accurate seek counts from the file's start time, which versions
  read differently, while filter timestamps are the source's own.
- ``passthrough`` with the source's time base as an explicit rational keeps every timestamp exact. (``-1`` fails on
  ffmpeg 9 and ``demux`` on 5.1.)
- Keyframes are a list of times. ``expr`` would count from where this run started.
- ``dump_extra`` repeats the parameter sets at every keyframe: a segment then plays under the init segment of another
  encoder.
- ``frag_discont`` keeps decode times absolute after a seek, ``cmaf`` leaves out the edit list.
- Fragments of half a second show that the encoder lives long before a segment is complete.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from foyer.media.boundaries import AAC_FRAME, AAC_FRAMES_PER_SEGMENT, ENCODED_SAMPLE_RATE, LONGEST_COPY_S
from foyer.streaming.cuts import Cuts
from foyer.streaming.rendition import AudioRecipe, AudioRendition, VideoRange, VideoRecipe, VideoRendition
from foyer.streaming.source import MediaSource

SEGMENT_SAMPLES = AAC_FRAME * AAC_FRAMES_PER_SEGMENT
_PRE_ROLL_FRAMES = 4
"""AAC packets made before the first wanted one, so that the encoder's state at a joint is that of a longer run."""
_REORDER_S = Fraction(135, 1000)
"""ffmpeg seeks 3/23 s earlier than told in containers with decode timestamps only; this takes it back."""
_CAREFUL_S = Fraction(3, 2)
_AUDIO_LEAD_S = 1
_BISECTED = {"mpegts", "mpeg", "asf", "ogg"}
"""Containers searched by timestamp, where a seek lands on any packet."""
_MOVFLAGS = "+cmaf+frag_discont+skip_trailer"
_CRF = 22


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One rung of the failure ladder: which ffmpeg, and how careful."""

    program: str
    is_careful: bool = False
    """Seek earlier and read on over damage."""
    is_silent: bool = False
    """Audio: the track has ended; make silence from here on."""


def slack(frame_rate: Fraction | None) -> Fraction:
    """Seconds before a boundary within which a frame counts as being on it: a quarter of a frame.

    Containers with millisecond clocks and options with microseconds round; a frame must not change its segment for it.
    """
    return min(1 / (4 * (frame_rate or Fraction(25))), Fraction(1, 100))


def video_head(
    step: Step, source: MediaSource, rendition: VideoRendition, start: int, end: int, *, encoder: str, preset: str
) -> list[str]:
    """Encode segments ``start`` up to, but without, ``end`` of a video rendition to standard output."""
    recipe, cuts = rendition.recipe, rendition.cuts
    if recipe is None:
        raise ValueError("a copy has no encoder")
    margin = slack(rendition.frame_rate)
    key_frames = ",".join(_stamp(cuts.source_time(i) - margin) for i in range(start, end))
    clock = source.index.time_base
    return [
        *_opening(step),
        *_video_seek(step, source, cuts, start),
        *_input(source.path),
        *("-map", f"0:{rendition.key.track}"),
        *("-vf", ",".join(_video_filters(recipe, cuts, start, end, margin))),
        *("-fps_mode", "passthrough", "-enc_time_base", f"{clock.numerator}:{clock.denominator}"),
        *("-c:v", encoder, "-preset", preset, "-profile:v", "high", "-level:v", f"{recipe.level / 10:.1f}"),
        # Without these the fastest presets make a lesser profile than the playlist has promised.
        *("-8x8dct", "1", "-coder", "cabac"),
        *("-crf", str(_CRF), "-maxrate", str(recipe.max_bit_rate), "-bufsize", str(recipe.max_bit_rate // 2)),
        *("-g", "99999", "-sc_threshold", "0", "-forced-idr", "1", "-force_key_frames", key_frames),
        *_colours(recipe),
        *("-bsf:v", "dump_extra=freq=keyframe"),
        *("-f", "mp4", "-frag_duration", "500000", "-movflags", f"{_MOVFLAGS}+frag_keyframe", "pipe:1"),
    ]


def audio_head(step: Step, source: MediaSource, rendition: AudioRendition, start: int, end: int) -> list[str]:
    """Encode segments ``start`` up to, but without, ``end`` of an audio rendition to standard output."""
    recipe = rendition.recipe
    if recipe is None:
        raise ValueError("a copy has no encoder")
    first = rendition.first_sample + start * SEGMENT_SAMPLES
    last = rendition.first_sample + end * SEGMENT_SAMPLES
    if end >= rendition.cuts.count:
        last = rendition.first_sample + _whole_frames(rendition.cuts.ticks[-1] - rendition.first_sample)
    begin = first - _PRE_ROLL_FRAMES * AAC_FRAME if start else first
    if step.is_silent:
        filters = [f"asetpts=N+{begin}", f"atrim=start_pts={begin}:end_pts={last}"]
        return [*_opening(step), *_silence(recipe), "-af", ",".join(filters), *_aac(recipe)]
    seek = _audio_seek(step, source, rendition, begin)
    origin = begin if seek is None else int(seek * ENCODED_SAMPLE_RATE)
    filters = [
        *_downmix(recipe),
        # Two, because first_pts counts in samples of the input's rate: the second has the output's on both sides.
        f"aresample={ENCODED_SAMPLE_RATE}",
        f"aresample=async=1:first_pts={min(origin, begin)}",
        "apad",
        f"atrim=start_pts={begin}:end_pts={last}",
    ]
    return [
        *_opening(step),
        *([] if seek is None else _seek_words(seek)),
        *_input(source.path),
        *("-map", f"0:{rendition.key.track}", "-af", ",".join(filters)),
        *_aac(recipe),
    ]


def _silence(recipe: AudioRecipe) -> list[str]:
    layout = {1: "mono", 2: "stereo", 6: "5.1"}[recipe.channels]
    return ["-copyts", "-f", "lavfi", "-i", f"anullsrc=r={ENCODED_SAMPLE_RATE}:cl={layout}"]


def _aac(recipe: AudioRecipe) -> list[str]:
    return [
        *("-c:a", "aac", "-b:a", str(recipe.bit_rate), "-ac", str(recipe.channels)),
        *("-f", "mp4", "-frag_duration", "250000", "-movflags", _MOVFLAGS, "pipe:1"),
    ]


def _opening(step: Step) -> list[str]:
    words = [step.program, "-nostdin", "-hide_banner", "-nostats", "-loglevel", "warning"]
    if step.is_careful:
        words += ["-fflags", "+genpts+discardcorrupt", "-err_detect", "ignore_err"]
    return words


def _input(path: Path) -> list[str]:
    # The media must not choose what else is opened: a playlist posing as a film would name other files.
    return ["-copyts", "-protocol_whitelist", "file", "-i", f"file:{path}"]


def _seek_words(at: Fraction) -> list[str]:
    return ["-noaccurate_seek", "-seek_timestamp", "1", "-ss", _stamp(at)]


def _video_seek(step: Step, source: MediaSource, cuts: Cuts, start: int) -> list[str]:
    if start == 0:
        return []
    at, index = cuts.source_time(start), source.index
    gap = index.video.max_gap * index.time_base if index.video is not None else Fraction(0)
    if step.is_careful or source.info.container in _BISECTED:
        # Boundaries are keyframes unless those lie too far apart: then the one before may be as far as that.
        at -= _CAREFUL_S + (gap if gap > LONGEST_COPY_S else 0)
    elif source.info.container != "mp4" and gap > 1:
        at += _REORDER_S
    else:
        at += Fraction(1, 1000)
    return _seek_words(at)


def _audio_seek(step: Step, source: MediaSource, rendition: AudioRendition, begin: int) -> Fraction | None:
    if begin <= rendition.first_sample:
        return None
    at = Fraction(begin, ENCODED_SAMPLE_RATE) - _AUDIO_LEAD_S
    track = next((track for track in source.index.audio if track.stream == rendition.key.track), None)
    if track is not None and track.end_pts is not None:
        # Silence after the track's end is padding, and padding needs something to start from.
        at = min(at, track.end_pts * track.time_base - 2 * _AUDIO_LEAD_S)
    return at - _CAREFUL_S if step.is_careful else at


def _video_filters(recipe: VideoRecipe, cuts: Cuts, start: int, end: int, margin: Fraction) -> Iterator[str]:
    if recipe.deinterlace:
        yield "bwdif=mode=send_frame:parity=auto:deint=all"
    trim = f"trim=start={_stamp(cuts.source_time(start) - margin)}"
    yield trim if end >= cuts.count else f"{trim}:end={_stamp(cuts.source_time(end) - margin)}"
    yield f"scale={recipe.width}:{recipe.height}:flags=bilinear"
    if recipe.tone_map is not VideoRange.SDR:
        yield from _tone_map(recipe.tone_map)
    yield "setsar=1"
    yield "format=yuv420p"


def _tone_map(source: VideoRange) -> Iterator[str]:
    # After scaling: mapping is done in 32-bit floats, and its cost goes by the sample.
    transfer = "smpte2084" if source is VideoRange.PQ else "arib-std-b67"
    yield f"zscale=tin={transfer}:pin=bt2020:min=bt2020nc:rin=tv:t=linear:npl=100"
    yield "format=gbrpf32le"
    yield "zscale=p=bt709"
    yield "tonemap=tonemap=hable:desat=0:peak=0"
    yield "zscale=t=bt709:m=bt709:r=tv"


def _colours(recipe: VideoRecipe) -> list[str]:
    if recipe.tone_map is VideoRange.SDR:
        return []
    return ["-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709", "-color_range", "tv"]


def _downmix(recipe: AudioRecipe) -> Iterator[str]:
    """Surround to stereo by ITU-R BS.775-3 table 2 at -6 dB, so that dialogue stays where it was.

    Channels a layout lacks count as silent.
    """
    if recipe.channels == 2 and recipe.source_channels >= 5:
        centre = "0.354*FC"
        yield (f"pan=stereo|FL=0.5*FL+{centre}+0.354*BL+0.354*SL|FR=0.5*FR+{centre}+0.354*BR+0.354*SR")


def _whole_frames(samples: int) -> int:
    return -(-samples // AAC_FRAME) * AAC_FRAME


def _stamp(seconds: Fraction) -> str:
    return f"{float(seconds):.6f}"
