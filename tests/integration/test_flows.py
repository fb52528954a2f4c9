"""Setting up, and what changes afterwards."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from conftest import Connect, entry_for, until
from fake import KEY, FakeFoyer
from homeassistant.components.repairs import DOMAIN as REPAIRS
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_API_KEY, CONF_URL
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.foyer.config_flow import clean_url
from custom_components.foyer.const import DOMAIN

OTHER_KEY = "foyer_other999_secret"


@pytest.fixture(autouse=True)
async def parts(hass: HomeAssistant) -> None:
    for part in ("http", "media_source"):
        assert await async_setup_component(hass, part, {})


async def begin(hass: HomeAssistant, source: str, data: Any = None, **context: Any) -> dict[str, Any]:
    result = await hass.config_entries.flow.async_init(DOMAIN, context={"source": source, **context}, data=data)
    return dict(result)


async def answer(hass: HomeAssistant, flow: dict[str, Any], **given: Any) -> dict[str, Any]:
    result = await hass.config_entries.flow.async_configure(flow["flow_id"], given)
    await hass.async_block_till_done()
    return dict(result)


async def leave(hass: HomeAssistant) -> None:
    for entry in hass.config_entries.async_entries(DOMAIN):
        if entry.state is ConfigEntryState.LOADED:
            await hass.config_entries.async_unload(entry.entry_id)


async def test_by_hand(hass: HomeAssistant, server: TestServer) -> None:
    flow = await begin(hass, "user")
    assert (flow["type"], flow["step_id"]) == (FlowResultType.FORM, "user")
    done = await answer(hass, flow, url=f"{server.make_url('/')}?from=browser#/home", api_key=KEY, verify_ssl=True)
    assert done["type"] is FlowResultType.CREATE_ENTRY
    assert done["title"] == "Living room"
    assert done["data"] == {"url": str(server.make_url("")).rstrip("/"), "api_key": KEY, "verify_ssl": True}
    assert done["result"].unique_id == "server-1"
    await leave(hass)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"key": "another"}, "invalid_auth"),
        ({"permissions": ["SEARCH"]}, "wrong_scope"),
        ({"api": 0}, "too_old"),
        ({"api": 7}, "too_new"),
    ],
)
async def test_what_is_wrong_is_said_and_can_be_put_right(
    hass: HomeAssistant, server: TestServer, foyer: FakeFoyer, change: dict[str, Any], error: str
) -> None:
    before, key = dict(foyer.server), foyer.key
    permissions = list(foyer.permissions)
    foyer.key, foyer.permissions = change.get("key", key), change.get("permissions", permissions)
    foyer.server = {**before, "apiVersion": change.get("api", 1)}
    flow = await begin(hass, "user")
    url = str(server.make_url("/"))
    refused = await answer(hass, flow, url=url, api_key=KEY)
    assert refused["errors"] == {"base": error}
    foyer.key, foyer.permissions, foyer.server = key, permissions, before
    done = await answer(hass, refused, url=url, api_key=KEY)
    assert done["type"] is FlowResultType.CREATE_ENTRY
    await leave(hass)


async def test_nobody_and_somebody_else_at_the_address(hass: HomeAssistant, server: TestServer) -> None:
    flow = await begin(hass, "user")
    assert (await answer(hass, flow, url="http://127.0.0.1:1", api_key=KEY))["errors"] == {"base": "cannot_connect"}
    assert (await answer(hass, flow, url="ftp://127.0.0.1", api_key=KEY))["errors"] == {CONF_URL: "invalid_url"}

    async def something(_request: web.Request) -> web.Response:
        return web.json_response({"name": "Jellyfin"})

    app = web.Application()
    app.router.add_route("*", "/graphql", something)
    other = TestServer(app, host="127.0.0.1")
    await other.start_server()
    assert (await answer(hass, flow, url=str(other.make_url("/")), api_key=KEY))["errors"] == {"base": "not_foyer"}
    gone = await answer(hass, flow, url=str(other.make_url("/elsewhere")), api_key=KEY)
    assert gone["errors"] == {"base": "not_foyer"}
    await other.close()


@pytest.mark.parametrize(
    ("typed", "clean"),
    [
        ("foyer.local:8096", "http://foyer.local:8096"),
        (" https://media.example/foyer/ ", "https://media.example/foyer"),
        ("http://[::1]:8096/#/settings", "http://[::1]:8096"),
        ("http://user:secret@host:1/", "http://host:1"),
        ("", None),
        ("file:///etc/passwd", None),
        ("http://host:99999", None),
    ],
)
def test_addresses_as_people_type_them(typed: str, clean: str | None) -> None:
    assert clean_url(typed) == clean


def discovery(server: TestServer, key: str = KEY) -> Any:
    config = {
        "host": server.host,
        "port": server.port,
        "api_key": key,
        "server_id": "server-1",
        "name": "Living room",
        "addon": "Foyer",
    }
    return SimpleNamespace(config=config, name="Foyer", slug="foyer", uuid="1234")


async def test_the_add_on_is_found(hass: HomeAssistant, server: TestServer) -> None:
    flow = await begin(hass, "hassio", discovery(server))
    assert (flow["type"], flow["step_id"]) == (FlowResultType.FORM, "hassio_confirm")
    assert flow["description_placeholders"]["addon"] == "Living room"
    done = await answer(hass, flow)
    assert done["type"] is FlowResultType.CREATE_ENTRY
    assert done["result"].unique_id == "server-1"
    assert done["data"][CONF_URL] == f"http://{server.host}:{server.port}"
    await leave(hass)


async def test_what_is_found_may_be_typed_in_all_the_same(hass: HomeAssistant, server: TestServer) -> None:
    await begin(hass, "hassio", discovery(server))
    done = await answer(hass, await begin(hass, "user"), url=str(server.make_url("/")), api_key=KEY)
    assert done["type"] is FlowResultType.CREATE_ENTRY
    assert hass.config_entries.flow.async_progress() == []
    await leave(hass)


async def test_an_add_on_that_does_not_answer_yet_can_be_confirmed_again(
    hass: HomeAssistant, server: TestServer, foyer: FakeFoyer
) -> None:
    foyer.key = "another"
    flow = await begin(hass, "hassio", discovery(server))
    refused = await answer(hass, flow)
    assert refused["errors"] == {"base": "invalid_auth"}
    foyer.key = KEY
    assert (await answer(hass, refused))["type"] is FlowResultType.CREATE_ENTRY
    await leave(hass)


async def test_an_add_on_that_moved_is_followed(
    hass: HomeAssistant, connect: Connect, server: TestServer, foyer: FakeFoyer
) -> None:
    entry = await connect(entry_for(server, data={CONF_URL: "http://127.0.0.1:1", CONF_API_KEY: "old"}))
    foyer.key = OTHER_KEY
    flow = await begin(hass, "hassio", discovery(server, OTHER_KEY))
    assert (flow["type"], flow["reason"]) == (FlowResultType.ABORT, "already_configured")
    await hass.async_block_till_done()
    assert entry.data[CONF_API_KEY] == OTHER_KEY
    assert entry.data[CONF_URL] == f"http://{server.host}:{server.port}"
    assert entry.state is ConfigEntryState.LOADED


async def test_another_key_when_the_old_one_is_refused(
    hass: HomeAssistant, entry: MockConfigEntry, foyer: FakeFoyer
) -> None:
    foyer.key = OTHER_KEY
    await foyer.hang_up(4403)
    await until(hass, hass.config_entries.flow.async_progress)
    assert hass.states.get("sensor.living_room_active_sessions").state == "unavailable"
    [flow] = hass.config_entries.flow.async_progress()
    assert flow["step_id"] == "reauth_confirm"
    refused = await answer(hass, dict(flow), api_key="wrong")
    assert refused["errors"] == {"base": "invalid_auth"}
    done = await answer(hass, refused, api_key=OTHER_KEY)
    assert (done["type"], done["reason"]) == (FlowResultType.ABORT, "reauth_successful")
    await until(hass, lambda: entry.state is ConfigEntryState.LOADED)
    await until(hass, lambda: hass.states.get("sensor.living_room_active_sessions").state == "0")
    assert entry.data[CONF_API_KEY] == OTHER_KEY


async def test_another_address(
    hass: HomeAssistant, entry: MockConfigEntry, server: TestServer, foyer: FakeFoyer
) -> None:
    flow = await begin(hass, "reconfigure", entry_id=entry.entry_id)
    assert flow["step_id"] == "reconfigure"
    moved = f"http://{server.host}:{server.port}"
    foyer.server = {**foyer.server, "id": "server-2"}
    refused = await answer(hass, flow, url=moved)
    assert refused["errors"] == {"base": "another_server"}
    foyer.server = {**foyer.server, "id": "server-1"}
    done = await answer(hass, refused, url=f"http://{server.host}:{server.port}/", verify_ssl=False)
    assert (done["type"], done["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    await until(hass, lambda: entry.state is ConfigEntryState.LOADED)
    assert entry.data["verify_ssl"] is False
    assert entry.data[CONF_API_KEY] == KEY


async def test_a_key_that_ends_soon_is_repaired_with_another(
    hass: HomeAssistant, connect: Connect, foyer: FakeFoyer, hass_client: Any
) -> None:
    assert await async_setup_component(hass, REPAIRS, {})
    foyer.expires_at = (dt_util.utcnow() + dt_util.dt.timedelta(days=3)).isoformat()
    entry = await connect()
    issue = f"key_expires_{entry.entry_id}"
    assert ir.async_get(hass).async_get_issue(DOMAIN, issue).is_fixable
    client = await hass_client()
    response = await client.post("/api/repairs/issues/fix", json={"handler": DOMAIN, "issue_id": issue})
    flow = await response.json()
    assert flow.get("step_id") == "key", flow
    end = dt_util.as_local(dt_util.parse_datetime(foyer.expires_at)).date()
    assert flow["description_placeholders"]["date"] == end.isoformat()
    path = f"/api/repairs/issues/fix/{flow['flow_id']}"
    refused = await (await client.post(path, json={"api_key": "wrong"})).json()
    assert refused["errors"] == {"base": "invalid_auth"}
    foyer.key, foyer.expires_at = OTHER_KEY, None
    done = await (await client.post(path, json={"api_key": OTHER_KEY})).json()
    assert done["type"] == "create_entry"
    await until(hass, lambda: entry.state is ConfigEntryState.LOADED)
    await until(hass, lambda: ir.async_get(hass).async_get_issue(DOMAIN, issue) is None)
    assert entry.data[CONF_API_KEY] == OTHER_KEY


async def test_a_key_that_may_not_control_is_a_repair(hass: HomeAssistant, connect: Connect, foyer: FakeFoyer) -> None:
    foyer.permissions.remove("CONTROL_SESSIONS")
    entry = await connect()
    assert entry.state is ConfigEntryState.LOADED
    issue = ir.async_get(hass).async_get_issue(DOMAIN, f"missing_permission_{entry.entry_id}")
    assert issue.translation_placeholders["permissions"] == "control sessions"
