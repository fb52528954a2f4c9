"""Fixtures of the media room: real clips and real workers."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from foyer.media.runner import Runner
from foyer.media.workers import MediaWorkers
from tests.media.clips import Clips


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Clips:
    """Clips by name: ``clips.film_mp4()``."""
    return Clips(tmp_path_factory.mktemp("clips"))


@pytest.fixture
async def workers() -> AsyncIterator[MediaWorkers]:
    """Two media workers."""
    async with MediaWorkers(Runner(), size=2) as pool:
        yield pool
