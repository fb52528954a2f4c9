from __future__ import annotations

import aiohttp
import pytest

from foyer.errors import ValidationError
from foyer.homeassistant.errors import HomeAssistantRefusedError, HomeAssistantUnavailableError
from foyer.homeassistant.supervisor import Supervisor
from foyer.settings.homeassistant import Broker, HomeAssistantAccess
from tests.homeassistant.standins import TOKEN, supervisor


async def test_the_supervisor_tells_about_the_addon_and_the_broker() -> None:
    async with supervisor() as peer, aiohttp.ClientSession() as http:
        api = Supervisor(http, TOKEN, peer.url)
        addon = await api.addon()
        assert (addon.slug, addon.version_latest, addon.ports) == ("a1b2c3d4_foyer", "0.2.0", {"8096/tcp": None})
        assert await api.broker() is None
        peer.broker = {"host": "core-mosquitto", "port": 1883, "ssl": False, "username": "addons", "password": "p"}
        assert await api.broker() == Broker(host="core-mosquitto", port=1883, username="addons", password="p")


async def test_an_announcement_is_made_and_replaced() -> None:
    async with supervisor() as peer, aiohttp.ClientSession() as http:
        api = Supervisor(http, TOKEN, peer.url)
        for host in ("a", "a", "b"):
            await api.announce({"host": host})
        assert [one["config"]["host"] for one in peer.announcements] == ["a", "b"]
        assert len(peer.discovery) == 1


async def test_no_answer_and_no_are_told_apart() -> None:
    async with supervisor() as peer, aiohttp.ClientSession() as http:
        with pytest.raises(HomeAssistantRefusedError, match="401"):
            await Supervisor(http, "wrong", peer.url).addon()
        with pytest.raises(HomeAssistantRefusedError, match="401"):
            await Supervisor(http, "wrong", peer.url).broker()
        url = peer.url
        await peer.stop()
        with pytest.raises(HomeAssistantUnavailableError):
            await Supervisor(http, TOKEN, url).addon()
        await peer.start()


def test_the_environment_says_where_home_assistant_is() -> None:
    read = HomeAssistantAccess.from_environment
    assert read({}).is_absent
    inside = read({"SUPERVISOR_TOKEN": "t", "FOYER_HOMEASSISTANT_URL": "http://elsewhere:8123"})
    assert (inside.supervisor_url, inside.core_url) == ("http://supervisor", "ws://supervisor/core/websocket")
    outside = read({"FOYER_HOMEASSISTANT_URL": "https://ha.example.org/", "FOYER_HOMEASSISTANT_TOKEN": "5ecret"})
    assert (outside.supervisor_url, outside.core_url) == (None, "wss://ha.example.org/api/websocket")
    assert outside.token == "5ecret"
    assert "5ecret" not in repr(outside)
    only_mqtt = read({"FOYER_MQTT_URL": "mqtts://me:p%40ss@broker"})
    assert only_mqtt.broker == Broker(host="broker", port=8883, username="me", password="p@ss", tls=True)
    assert not only_mqtt.is_absent
    assert "p@ss" not in repr(only_mqtt)


@pytest.mark.parametrize(
    "environ",
    [
        {"FOYER_MQTT_URL": "broker"},
        {"FOYER_MQTT_URL": "mqtt://broker:many"},
        {"FOYER_HOMEASSISTANT_URL": "homeassistant.local:8123", "FOYER_HOMEASSISTANT_TOKEN": "t"},
        {"FOYER_HOMEASSISTANT_URL": "http://homeassistant.local:8123"},
        {"SUPERVISOR_TOKEN": "t", "FOYER_SUPERVISOR_URL": "supervisor"},
    ],
)
def test_a_wrong_address_is_refused_with_a_sentence(environ: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="FOYER_"):
        HomeAssistantAccess.from_environment(environ)
