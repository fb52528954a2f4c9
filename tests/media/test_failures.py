from __future__ import annotations

import pytest

from foyer.media.failures import FailureClass, classify

RECORDED = [
    ("[h264_nvenc @ 0x1] Cannot load libcuda.so.1\nConversion failed!", FailureClass.DRIVER_MISSING),
    ("[AVHWDeviceContext] No VA display found for device /dev/dri/renderD128.", FailureClass.DRIVER_MISSING),
    ("Unknown encoder 'h264_nvenc'", FailureClass.ENCODER_ABSENT),
    (
        "OpenEncodeSessionEx failed: incompatible client key (21): (no details)\nNo capable devices found",
        FailureClass.SESSION_LIMIT,
    ),
    ("OpenEncodeSessionEx failed: out of memory (10): (no details)", FailureClass.SESSION_LIMIT),
    ("cu->cuMemAlloc failed -> CUDA_ERROR_OUT_OF_MEMORY: out of memory", FailureClass.OUT_OF_MEMORY),
    ("Impossible to convert between the formats supported by the filter", FailureClass.UNSUPPORTED_INPUT),
    ("[h264] Hardware is lacking required capabilities", FailureClass.UNSUPPORTED_INPUT),
    ("cuInit(0) failed -> CUDA_ERROR_NO_DEVICE: no CUDA-capable device", FailureClass.GPU_LOST),
    ("/x/film.mkv: Invalid data found when processing input", FailureClass.BAD_SOURCE),
    ("av_interleaved_write_frame(): No space left on device", FailureClass.DISK_FULL),
    ("something nobody has seen", FailureClass.UNKNOWN),
]


@pytest.mark.parametrize(("stderr", "expected"), RECORDED)
@pytest.mark.parametrize("returncode", [1, 255, 234])
def test_the_text_decides_whatever_the_exit_code(stderr: str, expected: FailureClass, returncode: int) -> None:
    assert classify(stderr, returncode=returncode) is expected


def test_success_has_no_failure_even_when_warnings_read_like_one() -> None:
    assert classify("Invalid data found when processing input", returncode=0) is None


@pytest.mark.parametrize("returncode", [-11, 139])
def test_a_signal_without_words_is_a_crash(returncode: int) -> None:
    assert classify("", returncode=returncode) is FailureClass.CRASH


def test_our_own_kill_is_no_failure_but_the_deadline_is() -> None:
    assert classify("", returncode=-9, killed=True) is None
    assert classify("", returncode=-9, timed_out=True) is FailureClass.TIMEOUT
