"""Who may encode, and on what."""

from foyer.gpu.admission import Admission, Lease
from foyer.gpu.encoder import Encoder, EncodeRequest, Work

__all__ = ["Admission", "EncodeRequest", "Encoder", "Lease", "Work"]
