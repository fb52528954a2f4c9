"""NVIDIA's binding is the real one over a library of our own; the kernel's files are ordinary files."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pynvml
import pytest

from foyer.gpu import GpuMeters, GpuReading

NOT_SUPPORTED, GPU_IS_LOST, LIBRARY_NOT_FOUND = 3, 15, 12


@dataclass
class Cards:
    """What ``libnvidia-ml.so.1`` answers; functions as in nvml.h, each returning its status."""

    loads: list[int] = field(default_factory=lambda: [37])
    encoder: int = 12
    encoder_status: int = 0
    status: int = 0
    inits: int = 0

    def library(self) -> SimpleNamespace:
        def fill(target: Any, value: int) -> int:
            target._obj.value = value
            return self.status

        def init(flags: int) -> int:
            self.inits += 1
            return self.status

        def handle(index: Any, device: Any) -> int:
            self.asked = index.value
            return self.status

        def text(value: str, buffer: Any) -> int:
            buffer.value = value.encode()
            return self.status

        def rates(device: Any, target: Any) -> int:
            target._obj.gpu = self.loads[self.asked]
            return self.status

        def encoder(device: Any, target: Any, period: Any) -> int:
            target._obj.value = self.encoder
            return self.encoder_status or self.status

        def memory(device: Any, target: Any) -> int:
            target._obj.used = 3 << 30
            return self.status

        def message(status: int) -> bytes:
            return b"lost"

        return SimpleNamespace(
            nvmlInitWithFlags=init,
            nvmlShutdown=lambda: 0,
            nvmlDeviceGetCount_v2=lambda target: fill(target, len(self.loads)),
            nvmlDeviceGetHandleByIndex_v2=handle,
            nvmlDeviceGetUUID=lambda _device, buffer, _size: text(f"GPU-{self.asked}", buffer),
            nvmlDeviceGetName=lambda _device, buffer, _size: text("RTX 3050", buffer),
            nvmlDeviceGetUtilizationRates=rates,
            nvmlDeviceGetEncoderUtilization=encoder,
            nvmlDeviceGetMemoryInfo=memory,
            nvmlErrorString=message,
        )


@pytest.fixture
def cards(monkeypatch: pytest.MonkeyPatch) -> Cards:
    found = Cards()
    monkeypatch.setattr(pynvml, "nvmlLib", found.library())
    monkeypatch.setattr(pynvml, "_nvmlGetFunctionPointer_cache", {})
    return found


def test_every_nvidia_card_says_how_busy_it_is(cards: Cards, tmp_path: Path) -> None:
    cards.loads = [37, 0]
    meters = GpuMeters(tmp_path)
    first, second = meters.read()
    assert first == GpuReading(key="GPU-0", name="RTX 3050", load=37, encoder=12, memory_used=3 << 30)
    assert (second.key, second.load) == ("GPU-1", 0)
    cards.loads = [90]
    assert [one.load for one in meters.read()] == [90]
    assert cards.inits == 1
    meters.close()


def test_what_a_card_does_not_tell_is_left_out(cards: Cards, tmp_path: Path) -> None:
    cards.encoder_status = NOT_SUPPORTED
    (reading,) = GpuMeters(tmp_path).read()
    assert (reading.load, reading.encoder) == (37, None)


def test_a_card_that_fell_off_the_bus_is_looked_for_again(cards: Cards, tmp_path: Path) -> None:
    meters = GpuMeters(tmp_path)
    assert meters.read()
    cards.status = GPU_IS_LOST
    assert meters.read() == ()
    cards.status = 0
    assert meters.read()
    assert cards.inits == 2


def test_without_a_driver_there_is_no_reading(cards: Cards, tmp_path: Path) -> None:
    cards.status = LIBRARY_NOT_FOUND
    assert GpuMeters(tmp_path).read() == ()


def test_amd_cards_are_read_from_the_kernel(cards: Cards, tmp_path: Path) -> None:
    cards.loads = []
    device = tmp_path / "0000:03:00.0"
    device.mkdir()
    (tmp_path / "card1").mkdir()
    (tmp_path / "card1" / "device").symlink_to(device)
    (device / "gpu_busy_percent").write_text("64\n")
    (device / "mem_info_vram_used").write_text("1048576\n")
    meters = GpuMeters(tmp_path)
    assert meters.read() == (
        GpuReading(key="0000:03:00.0", name="AMD graphics", load=64, encoder=None, memory_used=1 << 20),
    )
    (device / "gpu_busy_percent").write_text("busy\n")
    assert meters.read() == ()
