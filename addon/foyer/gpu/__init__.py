"""Who may encode, and on what, and how busy graphics cards are."""

from foyer.gpu.admission import Admission, Lease
from foyer.gpu.encoder import Encoder, EncodeRequest, Work
from foyer.gpu.meters import GpuMeters, GpuReading

__all__ = ["Admission", "EncodeRequest", "Encoder", "GpuMeters", "GpuReading", "Lease", "Work"]
