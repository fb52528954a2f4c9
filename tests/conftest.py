"""Fixtures every room may use: a real database and what stands directly on it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler.loadscope import LoadScopeScheduling

from foyer.db.database import Database
from foyer.events.bus import EventBus
from foyer.jobs.queue import JobQueue
from foyer.settings.store import Settings

SHARES_THE_HOME = re.compile(r"tests/homeassistant/test_(real_\w+|blueprints)\.py::")


class OneHome(LoadScopeScheduling):  # type: ignore[misc]  # xdist ships no types
    """Each test goes to the next free worker, but those that share the real Home Assistant stay on one.

    The mark ``xdist_group`` would say so too, but takes no hold in pytest 9.2, where ids of tests cannot be changed.
    """

    def _split_scope(self, nodeid: str) -> str:
        return "home" if SHARES_THE_HOME.match(nodeid) else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> OneHome:
    return OneHome(config, log)


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
