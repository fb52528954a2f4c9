"""Fixtures every room may use: a real database and what stands directly on it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from foyer.db.database import Database
from foyer.events.bus import EventBus
from foyer.jobs.queue import JobQueue
from foyer.settings.store import Settings


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """An empty, migrated database."""
    opened = await Database.open(tmp_path / "foyer.db")
    yield opened
    await opened.close()


@pytest.fixture
def bus(database: Database) -> EventBus:
    return EventBus(database)


@pytest.fixture
async def settings(database: Database, bus: EventBus) -> Settings:
    store = Settings(database, bus)
    await store.load()
    return store


@pytest.fixture
def queue(database: Database, bus: EventBus) -> JobQueue:
    return JobQueue(database, bus)
