"""Why a media process failed, read from what it wrote: exit codes differ by ffmpeg version, the words do not."""

from __future__ import annotations

import re
from enum import StrEnum


class FailureClass(StrEnum):
    """What a caller can do about a failed process."""

    DRIVER_MISSING = "driver_missing"
    """No usable driver or device node: quarantine the device, try again later."""
    ENCODER_ABSENT = "encoder_absent"
    """This build has no such encoder, decoder or filter: never ask this build again."""
    SESSION_LIMIT = "session_limit"
    """The driver refuses another encode session: learn the limit, use another device."""
    OUT_OF_MEMORY = "out_of_memory"
    """Device or host memory is exhausted."""
    UNSUPPORTED_INPUT = "unsupported_input"
    """The device cannot decode or convert this stream: decode in software next time."""
    GPU_LOST = "gpu_lost"
    """The device fell off the bus: quarantine it."""
    BAD_SOURCE = "bad_source"
    """The file is broken, gone or not media."""
    DISK_FULL = "disk_full"
    """Nowhere to write."""
    TIMEOUT = "timeout"
    """The runner killed it at its deadline."""
    CRASH = "crash"
    """It died of a signal it was not sent by us."""
    UNKNOWN = "unknown"
    """It failed and said nothing we know."""


# The first match wins: the specific texts stand before the generic lines which ffmpeg prints after them.
_TEXTS: dict[FailureClass, tuple[str, ...]] = {
    FailureClass.SESSION_LIMIT: (
        "OpenEncodeSessionEx failed: (incompatible client key|out of memory)",
        "NV_ENC_ERR_INCOMPATIBLE_CLIENT_KEY",
        "maximum number of concurrent (encode )?sessions",
    ),
    FailureClass.GPU_LOST: (
        "CUDA_ERROR_(NO_DEVICE|DEVICE_UNAVAILABLE|ECC_UNCORRECTABLE)",
        "GPU is lost",
        "NV_ENC_ERR_DEVICE_NOT_EXIST",
        "VK_ERROR_DEVICE_LOST",
    ),
    FailureClass.DISK_FULL: ("No space left on device", "Disk quota exceeded"),
    FailureClass.OUT_OF_MEMORY: (
        "CUDA_ERROR_OUT_OF_MEMORY",
        "NV_ENC_ERR_OUT_OF_MEMORY",
        "VK_ERROR_OUT_OF_(HOST|DEVICE)_MEMORY",
        "Cannot allocate memory",
        "std::bad_alloc",
    ),
    FailureClass.DRIVER_MISSING: (
        "Cannot load lib(cuda|nvcuvid|nvidia-encode|va)",
        "No VA display found",
        "Device creation failed",
        "Failed to set value .* for option 'init_hw_device'",
        "minimum required Nvidia driver",
        "Error creating a MFX session",
        "Failed to initialise VAAPI",
        "Failed to open the DRM device",
    ),
    FailureClass.ENCODER_ABSENT: (
        "Unknown (encoder|decoder)",
        "(Encoder|Decoder) not found",
        "No such filter",
        "Unrecognized (hwaccel|option)",
    ),
    FailureClass.UNSUPPORTED_INPUT: (
        "not within range",
        "No support for codec",
        "Impossible to convert between the formats",
        "No decoder surfaces left",
        "Codec not supported",
        "Hardware is lacking required capabilities",
        "not supported by (the )?(hardware|device)",
        "Failed setup for format (cuda|vaapi|qsv|vulkan)",
        "doesn't support required NVENC features",
    ),
    FailureClass.BAD_SOURCE: (
        "Invalid data found when processing input",
        "moov atom not found",
        "No such file or directory",
        "Is a directory",
        "Permission denied",
        "EBML header parsing failed",
        "Input/output error",
        "could not find codec parameters",
        "does not contain any stream",
        "matches no streams",
        "Protocol not (found|on whitelist)",
        "End of file",
    ),
}
_COMPILED = tuple((kind, re.compile("|".join(texts), re.IGNORECASE)) for kind, texts in _TEXTS.items())


def classify(
    stderr: str, *, returncode: int | None, timed_out: bool = False, killed: bool = False
) -> FailureClass | None:
    """The class of a finished process, or ``None`` when it succeeded or ended because we killed it.

    ``returncode`` is negative for a signal, as :mod:`subprocess` has it.
    """
    if timed_out:
        return FailureClass.TIMEOUT
    if returncode == 0 or killed:
        return None
    for kind, pattern in _COMPILED:
        if pattern.search(stderr):
            return kind
    # A shell, setpriv and ffmpeg's own handler report a signal as 128 + n; 255 is ffmpeg's answer to SIGTERM.
    if returncode is not None and (returncode < 0 or 128 < returncode < 192):
        return FailureClass.CRASH
    return FailureClass.UNKNOWN
