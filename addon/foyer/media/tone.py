"""High dynamic range pictures as ordinary ones, for thumbnails: exact transfer functions, one simple curve.

Video playback does this in ffmpeg or on the GPU; here it is a few thousand pixels at a time.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Light = NDArray[np.float32]

_WHITE_NITS = 203.0
"""Reference white of HDR programmes (ITU-R BT.2408)."""
_PEAK = 1000.0 / _WHITE_NITS
_TO_BT709 = np.array(
    [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]], dtype=np.float32
)
"""BT.2020 to BT.709 primaries, linear light (ITU-R BT.2087)."""


def to_sdr(pixels: NDArray[np.uint16], *, is_hlg: bool) -> NDArray[np.uint8]:
    """RGB of 16 bits in BT.2100 (PQ or HLG, BT.2020 primaries) as 8-bit sRGB; last axis is R, G, B."""
    signal: Light = (pixels / np.float32(65535)).astype(np.float32)
    linear = _hlg(signal) if is_hlg else _pq(signal)
    mapped = _compress(np.maximum(linear @ _TO_BT709.T, 0))
    encoded = np.where(mapped <= 0.0031308, mapped * 12.92, 1.055 * np.power(np.maximum(mapped, 1e-6), 1 / 2.4) - 0.055)
    result: NDArray[np.uint8] = np.clip(encoded * 255 + 0.5, 0, 255).astype(np.uint8)
    return result


def _pq(signal: Light) -> Light:
    """Light relative to reference white (SMPTE ST 2084, EOTF)."""
    power = np.power(signal, 1 / 78.84375)
    base = np.maximum(power - 0.8359375, 0) / (18.8515625 - 18.6875 * power)
    light: Light = (np.power(base, 1 / 0.1593017578125) * (10000 / _WHITE_NITS)).astype(np.float32)
    return light


def _hlg(signal: Light) -> Light:
    """Light relative to reference white (ARIB STD-B67 inverse OETF, system gamma 1.2 at 1000 nits)."""
    scene = np.where(signal <= 0.5, signal * signal / 3, (np.exp((signal - 0.55991073) / 0.17883277) + 0.28466892) / 12)
    luma = np.maximum(scene @ np.array([0.2627, 0.678, 0.0593], dtype=np.float32), 1e-6)[..., None]
    light: Light = (scene * np.power(luma, 0.2) * _PEAK).astype(np.float32)
    return light


def _compress(light: Light) -> Light:
    """Extended Reinhard on the brightest component, so that hue stays: the peak becomes white, darkness is kept."""
    brightest = np.maximum(light.max(axis=-1, keepdims=True), 1e-6)
    mapped: Light = light * ((1 + brightest / (_PEAK * _PEAK)) / (1 + brightest))
    # The curve alone halves reference white; lift it to where viewers of SDR expect it.
    result: Light = np.minimum(mapped * np.float32(1.5), np.float32(1))
    return result
