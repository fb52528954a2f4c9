from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from foyer.accounts.principal import Principal
from foyer.accounts.roles import Role
from foyer.accounts.service import Accounts
from foyer.accounts.sessions import Tokens
from foyer.db.database import Database
from foyer.events.bus import EventBus

PASSWORD = "correct horse"


@pytest.fixture
async def accounts(database: Database, bus: EventBus, tmp_path: Path) -> AsyncIterator[Accounts]:
    opened = Accounts(database, tmp_path, bus)
    yield opened
    opened.close()


@pytest.fixture
async def signed_in(accounts: Accounts) -> Tokens:
    """The administrator Anna, signed in on a phone."""
    await accounts.users.create(accounts.local_principal(), name="Anna", password=PASSWORD, role=Role.ADMIN)
    return await accounts.sessions.login("Anna", PASSWORD, device="Phone", address="10.0.0.2")


@pytest.fixture
async def anna(accounts: Accounts, signed_in: Tokens) -> Principal:
    return await accounts.authenticate(signed_in.access_token, address="10.0.0.2")
