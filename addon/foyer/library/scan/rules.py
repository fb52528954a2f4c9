"""What a scan leaves out of a directory."""

from __future__ import annotations

from collections.abc import Sequence

from foyer.library.scan.walk import Skip

_SYSTEM = frozenset(
    (b"@eadir", b"#recycle", b"$recycle.bin", b"system volume information", b"lost+found", b"#snapshot", b"@tmp")
)


def ignore_rules(directory: bytes, names: Sequence[bytes]) -> Skip:  # noqa: ARG001 - the shape of ``walk.Rules``
    """Hidden entries and what file systems and storage boxes keep for themselves."""
    return lambda name, is_folder: name.startswith(b".") or (is_folder and name.lower() in _SYSTEM)
