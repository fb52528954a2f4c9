"""What every entry point needs, the command line included: the store and the rules directly above it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from foyer.accounts.service import Accounts
from foyer.db.database import Database
from foyer.errors import UnavailableError
from foyer.events.bus import EventBus
from foyer.jobs.model import HEAVY
from foyer.jobs.queue import JobQueue
from foyer.settings.options import Options
from foyer.settings.registry import BACKGROUND_WORK
from foyer.settings.store import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """An open data folder."""

    options: Options
    database: Database
    bus: EventBus
    settings: Settings
    queue: JobQueue
    accounts: Accounts


@asynccontextmanager
async def open_core(options: Options) -> AsyncIterator[Core]:
    """Open the data folder, also while a server runs on it; raises ``UnavailableError`` when it cannot be used."""
    try:
        database = await Database.open(options.database)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UnavailableError(f"The data folder {options.data} cannot be used: {reason}.") from error
    try:
        bus = EventBus(database)
        settings = Settings(database, bus)
        await settings.load()
        accounts = Accounts(database, options.data, bus)
        try:
            yield Core(
                options=options,
                database=database,
                bus=bus,
                settings=settings,
                queue=JobQueue(database, bus, rests=lambda lane: lane in HEAVY and not settings.flag(BACKGROUND_WORK)),
                accounts=accounts,
            )
        finally:
            accounts.close()
            await bus.flush()
    finally:
        await database.close()
