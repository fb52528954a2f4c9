"""Which subtitle codecs are text (extracted, sent as WebVTT) and which are pictures (burned in)."""

from __future__ import annotations

_TEXT = frozenset(
    {"subrip", "ass", "ssa", "mov_text", "webvtt", "text", "subviewer", "subviewer1", "microdvd", "sami", "mpl2"}
    | {"jacosub", "pjs", "realtext", "stl", "vplayer", "ttml"}
)
_PICTURES = frozenset({"hdmv_pgs_subtitle", "dvd_subtitle", "dvb_subtitle", "xsub"})


def is_text_subtitle(codec: str) -> bool:
    """Whether cues can be extracted from a stream of this codec (libavcodec's name)."""
    return codec in _TEXT


def is_picture_subtitle(codec: str) -> bool:
    """Whether it consists of pictures that must be drawn into the video."""
    return codec in _PICTURES
