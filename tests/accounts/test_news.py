from __future__ import annotations

from foyer.accounts.identity import HomeAssistantUser
from foyer.accounts.roles import Role
from foyer.accounts.service import Accounts
from foyer.events.bus import EventBus
from foyer.events.topics import Topic

PASSWORD = "correct horse"


async def test_the_house_hears_what_happens_to_accounts(accounts: Accounts, bus: EventBus) -> None:
    admin = accounts.local_principal()
    with bus.subscribe(Topic.USER) as events:
        anna = await accounts.users.create(admin, name="Anna", password=PASSWORD, role=Role.ADMIN)
        await accounts.sessions.login("Anna", PASSWORD, device="Phone", address=None)
        await accounts.ingress_principal(HomeAssistantUser(id="abc", name="paula", display_name="Paula"))
        await accounts.ingress_principal(HomeAssistantUser(id="abc", name="paula", display_name="Paula"))
        ben = await accounts.users.create(admin, name="Ben", password=PASSWORD, role=Role.USER)
        ben = await accounts.users.update(admin, ben.id, expected_version=ben.version, role=Role.VIEWER)
        await accounts.users.delete(admin, ben.id)
        told = []
        while (event := events.take()) is not None:
            told.append((event.kind, event.payload))
    assert [(kind, payload["name"]) for kind, payload in told] == [  # type: ignore[typeddict-item]
        ("created", "Anna"),
        ("signed_in", "Anna"),
        ("created", "paula"),
        ("created", "Ben"),
        ("updated", "Ben"),
        ("deleted", "Ben"),
    ]
    assert told[1][1] == {"user_id": anna.id, "name": "Anna", "role": "admin", "disabled": False, "device": "Phone"}
    assert told[4][1] == {"user_id": ben.id, "name": "Ben", "role": "viewer", "disabled": False}
