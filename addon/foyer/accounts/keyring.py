"""The server's own secret, and the keys made from it for each use."""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
from pathlib import Path
from typing import Self

from foyer.errors import UnavailableError

SIZE = 32


class Keyring:
    """Keys for signing. Losing the file signs everybody out; nothing else depends on it."""

    def __init__(self, root: bytes) -> None:
        self._root = root

    @classmethod
    def open(cls, data: Path) -> Self:
        """Read the secret, or make it the first time; raises ``UnavailableError`` when neither is possible."""
        folder = data / "secrets"
        path = folder / "signing.key"
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not path.exists():
                _create(path)
            root = path.read_bytes()
            if stat.S_IMODE(path.stat().st_mode) & 0o077:
                path.chmod(0o600)
        except OSError as error:
            raise UnavailableError(f"The secret {path} cannot be read: {error.strerror}.", path=str(path)) from error
        if len(root) < SIZE:
            raise UnavailableError(f"The secret {path} is damaged. Remove it; everybody will have to sign in again.")
        return cls(root)

    def derive(self, purpose: str) -> bytes:
        """A key of 32 bytes for one purpose (keyed BLAKE2b, RFC 7693); knowing one says nothing of another."""
        return hashlib.blake2b(purpose.encode(), key=self._root[:64], digest_size=SIZE).digest()


def _create(path: Path) -> None:
    """Write it whole under another name first: two processes that start together end up with the same one."""
    partial = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(descriptor, secrets.token_bytes(SIZE))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    try:
        os.link(partial, path)
    except FileExistsError:
        pass
    except OSError:  # a file system without hard links
        partial.replace(path)
        return
    partial.unlink()
