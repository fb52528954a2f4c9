"""The hidden file of an upload, by itself."""

from __future__ import annotations

import pytest

from foyer.library.uploads.disk import PartFile, Place


def test_an_unopened_part_says_so() -> None:
    part = PartFile(Place(root=b"/nowhere", directories=(), name=b"a.mkv", part=b".p"))
    part.close()
    with pytest.raises(ValueError, match="open it first"):
        part.sync()
