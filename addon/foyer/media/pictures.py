"""From a decoded frame to an encoded picture: upright, square pixels, ordinary dynamic range. For worker processes."""

from __future__ import annotations

import io
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from PIL import Image

from foyer.media import colour
from foyer.media.results import PictureFormat

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

_QUARTER_TURNS = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}
_HD_HEIGHT = 700
_SWS_709, _SWS_601, _SWS_2020 = 1, 5, 9
_SPACES = {1: _SWS_709, 5: _SWS_601, 6: _SWS_601, 9: _SWS_2020, 10: _SWS_2020}
MAX_EDGE = 7680


@dataclass(frozen=True, slots=True, kw_only=True)
class Geometry:
    """How a stream's frames are shown."""

    rotation: int
    """Clockwise degrees."""
    aspect: Fraction
    """Of one sample: width to height."""

    def fit(self, width: int, height: int, max_width: int) -> tuple[int, int]:
        """Size to scale the coded picture to so that, turned, it is at most ``max_width`` wide; never enlarged."""
        shown_width, shown_height = max(1, round(width * self.aspect)), height
        across = shown_height if self.rotation in {90, 270} else shown_width
        scale = min(1.0, max_width / across, MAX_EDGE / max(shown_width, shown_height))
        return max(2, round(shown_width * scale)), max(2, round(shown_height * scale))


def to_image(frame: VideoFrame, size: tuple[int, int], rotation: int) -> Image.Image:
    """An RGB picture of ``size`` (before turning), turned clockwise by ``rotation`` degrees."""
    is_hdr = frame.color_trc in {colour.SMPTE_2084, colour.ARIB_B67}
    image = _tone_mapped(frame, size) if is_hdr else _scaled(frame, size)
    turn = _QUARTER_TURNS.get(rotation)
    return image.transpose(turn) if turn is not None else image


def _scaled(frame: VideoFrame, size: tuple[int, int]) -> Image.Image:
    rgb = frame.reformat(*size, format="rgb24", src_colorspace=_matrix(frame), interpolation="AREA", threads=1)
    return Image.frombuffer("RGB", size, bytes(rgb.planes[0]), "raw", "RGB", rgb.planes[0].line_size, 1)


def _matrix(frame: VideoFrame) -> int:
    """YCbCr coefficients; where unspecified, by size, as players do."""
    return _SPACES.get(frame.colorspace, _SWS_709 if frame.height >= _HD_HEIGHT else _SWS_601)


def _tone_mapped(frame: VideoFrame, size: tuple[int, int]) -> Image.Image:
    import numpy as np  # noqa: PLC0415 - thirty megabytes that only HDR needs

    from foyer.media.tone import to_sdr  # noqa: PLC0415

    deep = frame.reformat(*size, format="rgb48le", src_colorspace=_matrix(frame), interpolation="AREA", threads=1)
    plane = deep.planes[0]
    rows = np.frombuffer(bytes(plane), dtype="<u2").reshape(plane.height, plane.line_size // 2)
    pixels = rows[:, : size[0] * 3].reshape(size[1], size[0], 3)
    return Image.fromarray(to_sdr(pixels, is_hlg=frame.color_trc == colour.ARIB_B67), "RGB")


def encode(image: Image.Image, kind: PictureFormat, quality: int = 82) -> bytes:
    """The picture as JPEG or WebP, without metadata."""
    target = io.BytesIO()
    if kind is PictureFormat.WEBP:
        image.save(target, "WEBP", quality=quality, method=3)
    else:
        image.convert("RGB").save(target, "JPEG", quality=quality, optimize=True, progressive=True)
    return target.getvalue()


def interest(image: Image.Image) -> float:
    """How much there is to see: contrast, less where nearly everything is black or white."""
    grey = image.convert("L").resize((64, 36))
    counts = grey.histogram()
    total = sum(counts)
    mean = sum(level * n for level, n in enumerate(counts)) / total
    variance = sum((level - mean) ** 2 * n for level, n in enumerate(counts)) / total
    extremes = (sum(counts[:20]) + sum(counts[240:])) / total
    return float(variance**0.5 * (1.15 - extremes))
