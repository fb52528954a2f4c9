"""How busy graphics cards are: NVIDIA's by NVML, AMD's by what the kernel tells in sysfs.

A machine without a card, without its driver, or whose driver does not tell has no reading; that is no error. Intel's
driver tells its load only to privileged performance counters.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

SYSFS = Path("/sys/class/drm")


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuReading:
    """One card at one moment; what its driver does not tell is ``None``."""

    key: str
    """The same for a card across restarts: its UUID or its place on the bus."""
    name: str
    load: int | None = None
    """Percent of the time in which it computed or drew."""
    encoder: int | None = None
    """Percent of the time in which its video encoder worked."""
    memory_used: int | None = None
    """Bytes."""


class GpuMeters:
    """Reads every card. ``read`` blocks for some milliseconds: call it in a thread, one at a time."""

    def __init__(self, sysfs: Path = SYSFS) -> None:
        self._sysfs = sysfs
        self._is_open = False

    def read(self) -> tuple[GpuReading, ...]:
        """Every card that tells how busy it is."""
        return (*self._nvidia(), *self._kernel())

    def close(self) -> None:
        """Let NVIDIA's driver go."""
        if self._is_open:
            import pynvml  # noqa: PLC0415 - loaded by then

            self._is_open = False
            with suppress(pynvml.NVMLError):
                pynvml.nvmlShutdown()

    def _nvidia(self) -> list[GpuReading]:
        import pynvml  # noqa: PLC0415 - a quarter of a megabyte of ctypes that only this thread ever needs

        try:
            if not self._is_open:
                pynvml.nvmlInit()
                self._is_open = True
            return [_nvidia(pynvml, number) for number in range(pynvml.nvmlDeviceGetCount())]
        except pynvml.NVMLError as error:
            # No library, no driver, or a card that fell off the bus: begin anew at the next reading.
            if self._is_open:
                log.warning("NVIDIA's driver does not answer: %s", error)
            self.close()
            return []

    def _kernel(self) -> list[GpuReading]:
        found = []
        for load in sorted(self._sysfs.glob("card[0-9]*/device/gpu_busy_percent")):
            device = load.parent
            percent = _number(load)
            if percent is not None:
                found.append(
                    GpuReading(
                        key=device.resolve().name,
                        name="AMD graphics",
                        load=percent,
                        encoder=_number(device / "vcn_busy_percent"),
                        memory_used=_number(device / "mem_info_vram_used"),
                    )
                )
        return found


def _nvidia(nvml: Any, number: int) -> GpuReading:
    handle = nvml.nvmlDeviceGetHandleByIndex(number)
    return GpuReading(
        key=str(nvml.nvmlDeviceGetUUID(handle)),
        name=str(nvml.nvmlDeviceGetName(handle)),
        load=_told(nvml, lambda: nvml.nvmlDeviceGetUtilizationRates(handle).gpu),
        encoder=_told(nvml, lambda: nvml.nvmlDeviceGetEncoderUtilization(handle)[0]),
        memory_used=_told(nvml, lambda: nvml.nvmlDeviceGetMemoryInfo(handle).used),
    )


def _told(nvml: Any, ask: Callable[[], Any]) -> int | None:
    """A value, or ``None`` where the card or its driver does not have it, as with the encoder of a partition (MIG)."""
    try:
        return int(ask())
    except (nvml.NVMLError_NotSupported, nvml.NVMLError_FunctionNotFound):
        return None


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text("ascii"))
    except (OSError, ValueError):
        return None
