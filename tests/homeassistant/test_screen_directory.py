"""Which screens there are, and the way from them to Foyer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from foyer.db.database import Database
from foyer.errors import NotFoundError, UnavailableError
from foyer.events.bus import EventBus
from foyer.events.topics import ScreenEventKind, Topic
from foyer.homeassistant import connection
from foyer.homeassistant.screens.addresses import NO_WAY
from foyer.homeassistant.screens.model import ScreenState
from foyer.settings.store import Settings
from tests.homeassistant.cinema import BED, SOFA, Foyer, cinema, hurry, on, screen, until


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch)


@pytest.fixture
async def foyer(database: Database, bus: EventBus, settings: Settings, tmp_path: Path) -> AsyncIterator[Foyer]:
    async with cinema(database, bus, settings, tmp_path) as found:
        yield found


async def test_players_that_can_play_a_film_are_screens_with_their_rooms(foyer: Foyer) -> None:
    async with foyer.running() as there:
        sofa, bed = await screen(foyer), await screen(foyer, BED)
        assert (sofa.name, sofa.area, sofa.platform, sofa.state) == ("Sofa", "Living room", "kodi", ScreenState.IDLE)
        assert (bed.area, bed.platform) == ("Bedroom", "cast")
        assert {one.entity_id for one in there.all()} == {SOFA, BED}
        followed = foyer.peer.commands("subscribe_entities")
        assert all("sensor.noise" not in one["entity_ids"] for one in followed)


async def test_new_renamed_and_removed_players_are_noticed(foyer: Foyer) -> None:
    async with foyer.running() as there:
        await screen(foyer)
        with foyer.bus.subscribe(Topic.SCREENS) as events:
            attic = "media_player.attic"
            foyer.peer.put(attic, "off", friendly_name="Attic", supported_features=512)
            asked = len(foyer.peer.commands("get_states"))
            await foyer.peer.emit("entity_registry_updated", {"action": "update", "entity_id": "sensor.noise"})
            await foyer.peer.emit("entity_registry_updated", {"action": "create", "entity_id": attic})
            assert (await screen(foyer, attic)).state is ScreenState.OFF
            assert len(foyer.peer.commands("get_states")) == asked + 1
            await foyer.peer.show(attic, "off", friendly_name="Loft")
            await until(lambda: any(one.name == "Loft" for one in there.all()))
            del foyer.peer.entities[attic]
            await foyer.peer.emit("entity_registry_updated", {"action": "remove", "entity_id": attic})
            await until(lambda: len(there.all()) == 2)
            kinds = []
            while (event := events.take()) is not None:
                kinds.append(event.kind)
            assert kinds[-1] == ScreenEventKind.REMOVED


async def test_a_core_that_answers_late_is_asked_again(foyer: Foyer, monkeypatch: pytest.MonkeyPatch) -> None:
    async with foyer.running():
        await screen(foyer)
        monkeypatch.setattr(connection, "COMMAND_TIMEOUT_S", 0.05)
        attic, asked = "media_player.attic", len(foyer.peer.commands("config/entity_registry/list"))
        foyer.peer.put(attic, "off", friendly_name="Attic", supported_features=512)
        foyer.peer.is_silent = True
        await foyer.peer.emit("entity_registry_updated", {"action": "create", "entity_id": attic})
        await foyer.peer.until(lambda: len(foyer.peer.commands("config/entity_registry/list")) > asked)
        foyer.peer.is_silent = False
        assert (await screen(foyer, attic)).state is ScreenState.OFF


async def test_own_hidden_and_unsuitable_players_are_no_screens(foyer: Foyer) -> None:
    for name, more in (("foyer_tv", {"platform": "foyer"}), ("secret", {"platform": "kodi", "hidden_by": "user"})):
        entity = f"media_player.{name}"
        foyer.peer.put(entity, "idle", friendly_name=name, supported_features=512)
        foyer.peer.registry.append({"entity_id": entity, "device_id": None, "area_id": None, **more})
    async with foyer.running() as there:
        await screen(foyer)
        assert {one.entity_id for one in there.all()} == {SOFA, BED}
        with pytest.raises(NotFoundError):
            await there.play_on(await foyer.person("ada"), on("media_player.secret", await foyer.item("movie")))


async def test_without_rights_to_the_registries_there_are_screens_without_rooms(foyer: Foyer) -> None:
    for command in ("config/entity_registry/list", "config/device_registry/list", "config/area_registry/list"):
        del foyer.peer.handlers[command]
    async with foyer.running():
        found = await screen(foyer)
        assert (found.area, found.platform, found.name) == (None, None, "Sofa")


async def test_the_way_to_foyer_is_the_setting_then_the_published_port_then_the_integration(foyer: Foyer) -> None:
    async with foyer.running():
        await screen(foyer)
        addresses = foyer.room._addresses
        path = "media/direct/T0ken/file.mp4"
        await foyer.settings.update({"homeassistant.public_url": "https://films.example.org/foyer/"})
        assert await addresses.of(path) == f"https://films.example.org/foyer/{path}"
        await foyer.settings.update({"homeassistant.public_url": ""})
        with pytest.raises(UnavailableError) as refused:
            await addresses.of(path)
        assert refused.value.message == NO_WAY
        foyer.peer.entries = [
            {"domain": "foyer", "entry_id": "01OFF", "state": "setup_retry"},
            {"domain": "foyer", "entry_id": "01FOYER", "state": "loaded"},
        ]
        assert await addresses.of(path) == f"/api/foyer/01FOYER/{path}"
        foyer.peer.internal_url = "http://homeassistant.lan:8123"
        assert await addresses.of(path) == f"http://homeassistant.lan:8123/api/foyer/01FOYER/{path}"
        foyer.ports["8096/tcp"] = 18096
        assert await addresses.of(path) == f"http://homeassistant.lan:18096/{path}"
        foyer.peer.network = {
            "adapters": [
                {"default": False, "ipv4": [{"address": "172.30.32.1", "network_prefix": 23}]},
                {"default": True, "ipv4": [{"address": "192.168.1.20", "network_prefix": 24}]},
            ]
        }
        assert await addresses.of(path) == f"http://192.168.1.20:18096/{path}"
