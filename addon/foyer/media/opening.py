"""Open untrusted media with libav: real containers from local regular files, and a sentence when that fails.

Only for worker processes: nothing here bounds time or memory.
"""

from __future__ import annotations

import contextlib
import errno
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import av
from av.container import InputContainer

from foyer.errors import MediaError

MAX_STREAMS = 250
"""More is an attack: a film with every language has fewer than a hundred."""

_FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mpegts,mpeg,avi,flv,asf,ogg,rm,mxf,gxf,dv,nut,wtv,nsv,ivf,"
    "wav,w64,flac,mp3,aac,ac3,eac3,truehd,dts,dtshd,aiff,caf,ape,wv,tta,tak,dsf,mpc,mpc8,amr"
)
"""Containers that hold media themselves. No playlists, no image sequences, no device, no script: what a file says must
never decide what else is opened. No elementary video streams: anything looks like one."""

_OPTIONS = {
    "protocol_whitelist": "file",
    "format_whitelist": _FORMATS,
    "max_streams": str(MAX_STREAMS + 1),
    "probesize": "5000000",
    "analyzeduration": "5000000",
    "enable_drefs": "0",
    "use_absolute_path": "0",
}


@contextlib.contextmanager
def open_media(path: Path, *, skip_frame: str | None = None) -> Iterator[InputContainer]:
    """A container open for reading; closed afterwards.

    :param skip_frame: ``all`` keeps libav from decoding while it looks at the streams, which is most of its time.
    :raises MediaError: not a regular file, empty, not media, damaged, or read errors anywhere in the block.
    """
    check_regular(path)
    try:
        with _open(f"file:{path}", skip_frame) as container:
            yield container
    except av.FFmpegError as error:
        raise MediaError(_sentence(path, error), reason="unreadable", libav=str(error.strerror)) from error


def _open(url: str, skip_frame: str | None) -> InputContainer:
    if skip_frame is not None:
        options = cast(Any, [{"skip_frame": skip_frame}] * (MAX_STREAMS + 1))
        # ValueError: programme streams and damaged files show no streams before libav has looked at packets.
        with contextlib.suppress(ValueError):
            return av.open(url, "r", container_options=_OPTIONS, stream_options=options, metadata_errors="replace")
    return av.open(url, "r", container_options=_OPTIONS, metadata_errors="replace")


def check_regular(path: Path) -> int:
    """The size of a regular, non-empty file; ``MediaError`` for anything else. Never blocks on a FIFO."""
    try:
        status = path.stat()
    except OSError as error:
        raise MediaError(f"The file cannot be read: {error.strerror}.", reason="missing", errno=error.errno) from error
    except ValueError as error:  # a NUL byte in the name
        raise MediaError("The file's name is not valid.", reason="missing") from error
    if not stat.S_ISREG(status.st_mode):
        raise MediaError("This is not a regular file.", reason="irregular")
    if status.st_size == 0:
        raise MediaError("The file is empty.", reason="empty")
    return status.st_size


_DISGUISES = (
    (b"#EXTM3U", "This is a playlist that poses as a video; playlists are not opened."),
    (b"ffconcat", "This is a playlist that poses as a video; playlists are not opened."),
    (b"[playlist]", "This is a playlist that poses as a video; playlists are not opened."),
    (b"<?xml", "This is an XML document, not a media file."),
    (b"<", "This is a web page or XML document, not a media file."),
    (b"\xff\xd8\xff", "This is a picture, not a video."),
    (b"\x89PNG", "This is a picture, not a video."),
    (b"GIF8", "This is a picture, not a video."),
    (b"PK\x03\x04", "This is an archive; unpack it first."),
    (b"Rar!", "This is an archive; unpack it first."),
    (b"7z\xbc\xaf", "This is an archive; unpack it first."),
    (b"\x1aE\xdf\xa3", "This Matroska file is damaged or was cut short."),
    (b"RIFF", "This AVI or WAV file is damaged or was cut short."),
    (b"OggS", "This Ogg file is damaged or was cut short."),
)


def _sentence(path: Path, error: av.FFmpegError) -> str:
    """Why libav could not read it, from what the file begins with."""
    if error.errno in _DISK_ERRORS:
        return f"The file cannot be read: {error.strerror}."
    try:
        with path.open("rb") as source:
            return _guess(source.read(4096))
    except OSError as failure:
        return f"The file cannot be read: {failure.strerror}."


def _guess(head: bytes) -> str:
    for magic, sentence in _DISGUISES:
        if head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(magic):
            return sentence
    if not head.strip(b"\0"):
        return "The file begins with nothing but zeros: a download or a copy that never finished."
    if head[4:8] in {b"ftyp", b"moov", b"mdat", b"free", b"wide"}:
        return "This MP4 file has no readable movie header: it was cut short, is damaged, or is still being written."
    if not set(head) & _UNPRINTABLE:
        return "This is a text file, not a media file."
    return "This is not a media file Foyer can read, or it is damaged."


_DISK_ERRORS = {errno.EIO, errno.EACCES, errno.EPERM, errno.ENOENT, errno.ESTALE, errno.ENAMETOOLONG, errno.ENODEV}
_UNPRINTABLE = set(range(32)) - set(b"\t\r\n\f")
