"""The files of a built web UI: what was there when it was listed, and nothing else under the folder.

Only names from the listing are served, so no request text ever becomes a path; symbolic links are not listed.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import os
import re
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_HASHED = re.compile(r"[.-][A-Za-z0-9_-]{8}\.[a-z0-9]+$")
_TEXT = ("text/", "application/json", "application/manifest+json", "image/svg+xml", "application/javascript")
TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
    ".wasm": "application/wasm",
    ".txt": "text/plain; charset=utf-8",
}
SMALLEST_COMPRESSED = 1024
KEPT_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class WebFile:
    """One file of the UI."""

    path: Path
    content_type: str
    etag: str
    size: int
    immutable: bool
    """Its name changes with its content."""
    compressed: Path | None
    """The same, compressed when it was built."""

    @property
    def is_compressible(self) -> bool:
        """Whether compressing it pays."""
        return self.size >= SMALLEST_COMPRESSED and self.content_type.startswith(_TEXT)


class WebFiles:
    """The listing of a folder, made anew when its ``index.html`` changes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stamp: tuple[int, int] | None = None
        self._files: dict[str, WebFile] = {}
        self._kept: OrderedDict[tuple[Path, str, bool], bytes] = OrderedDict()

    def find(self, name: str) -> WebFile | None:
        """The file with a name relative to the folder, such as ``assets/app-1a2b3c4d.js``; blocks for a moment."""
        self._refresh()
        return self._files.get(name)

    def read(self, file: WebFile, *, compress: bool) -> bytes:
        """The content, as it is or gzip-compressed; blocks for a moment, and less the next time."""
        key = (file.path, file.etag, compress)
        if (kept := self._kept.get(key)) is not None:
            self._kept.move_to_end(key)
            return kept
        if not compress:
            return file.path.read_bytes()
        packed = file.compressed.read_bytes() if file.compressed else gzip.compress(file.path.read_bytes(), 9, mtime=0)
        self._kept[key] = packed
        while sum(map(len, self._kept.values())) > KEPT_BYTES:
            self._kept.popitem(last=False)
        return packed

    def _refresh(self) -> None:
        try:
            status = (self._folder / "index.html").stat()
            stamp = (status.st_mtime_ns, status.st_ino)
        except OSError:
            stamp = None
        if stamp != self._stamp or stamp is None:
            self._stamp = stamp
            self._files = dict(_list(self._folder)) if stamp is not None else {}


def _list(folder: Path) -> Iterator[tuple[str, WebFile]]:
    for directory, names, files in os.walk(folder, followlinks=False):
        names[:] = [name for name in names if not name.startswith(".")]
        for name in files:
            path = Path(directory, name)
            if name.startswith(".") or path.is_symlink() or not path.is_file():
                continue
            yield path.relative_to(folder).as_posix(), _describe(path)


def _describe(path: Path) -> WebFile:
    compressed = path.with_name(f"{path.name}.gz")
    content = path.read_bytes()
    return WebFile(
        path=path,
        content_type=TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream",
        etag=f'"{hashlib.blake2b(content, digest_size=12).hexdigest()}"',
        size=len(content),
        immutable=path.parent.name == "assets" and _HASHED.search(path.name) is not None,
        compressed=compressed if compressed.is_file() and not compressed.is_symlink() else None,
    )
