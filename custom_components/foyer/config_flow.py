"""Setting Foyer up: found by the Supervisor, or by hand; and what to do when the key or the address changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import voluptuous as vol
from homeassistant.config_entries import ConfigEntry, ConfigFlow
from homeassistant.const import CONF_API_KEY, CONF_HOST, CONF_NAME, CONF_PORT, CONF_URL, CONF_VERIFY_SSL
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.selector import TextSelector, TextSelectorConfig, TextSelectorType
from yarl import URL

from .client import CannotConnectError, FoyerClient, FoyerError, InvalidAuthError, UnsupportedError
from .const import CONF_SERVER_ID, DOMAIN, MAX_API_VERSION, MIN_API_VERSION, REQUIRED_PERMISSIONS
from .models import Server

if TYPE_CHECKING:
    from homeassistant.helpers.service_info.hassio import HassioServiceInfo

SECRET = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="off"))
_PROBLEMS: dict[type[FoyerError], str] = {
    CannotConnectError: "cannot_connect",
    InvalidAuthError: "invalid_auth",
    UnsupportedError: "too_old",
}
ADDRESS = TextSelector(TextSelectorConfig(type=TextSelectorType.URL))


def connection(data: Mapping[str, Any]) -> str:
    """The address of an entry, for people."""
    return str(data[CONF_URL])


def client_of(hass: HomeAssistant, data: Mapping[str, Any]) -> FoyerClient:
    """A client for what an entry holds."""
    session = async_get_clientsession(hass, verify_ssl=data.get(CONF_VERIFY_SSL, True))
    return FoyerClient(session, data[CONF_URL], data[CONF_API_KEY])


async def check(hass: HomeAssistant, data: Mapping[str, Any]) -> tuple[Server | None, dict[str, str]]:
    """Which server answers, and what is wrong with it, the address or the key."""
    try:
        server = await client_of(hass, data).server()
    except FoyerError as error:
        return None, {"base": next((name for kind, name in _PROBLEMS.items() if isinstance(error, kind)), "not_foyer")}
    problems = {
        "too_old": server.api_version < MIN_API_VERSION,
        "too_new": server.api_version > MAX_API_VERSION,
        "invalid_auth": server.viewer is None,
        "wrong_scope": not set(REQUIRED_PERMISSIONS) <= server.permissions,
    }
    found = next((name for name, wrong in problems.items() if wrong), None)
    return server, {"base": found} if found else {}


def clean_url(text: str) -> str | None:
    """The server's base from what somebody typed or copied from a browser; ``None`` when it is no address."""
    text = text.strip()
    try:
        url = URL(text if "://" in text else f"http://{text}")
        if url.scheme not in ("http", "https") or not url.host:
            return None
        return str(url.with_query(None).with_fragment(None).with_user(None)).rstrip("/")
    except ValueError:
        return None


class FoyerConfigFlow(ConfigFlow, domain=DOMAIN):
    """One entry is one Foyer server, known by the id it tells."""

    VERSION = 1

    def __init__(self) -> None:
        self._found: dict[str, Any] = {}
        self._name = "Foyer"

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> Any:
        """By hand: where it is, and a key."""
        errors: dict[str, str] = {}
        if user_input is not None:
            data, server, errors = await self._try(user_input)
            if server is not None and not errors:
                # Somebody who types it in need not confirm first what was found; that flow ends with this one.
                await self.async_set_unique_id(server.id, raise_on_progress=False)
                self._abort_if_unique_id_configured(updates=data)
                return self.async_create_entry(title=server.name, data=data)
        return self.async_show_form(step_id="user", data_schema=_full(user_input), errors=errors)

    async def async_step_hassio(self, discovery_info: HassioServiceInfo) -> Any:
        """The add-on runs beside Home Assistant and says so."""
        config = discovery_info.config
        self._name = str(config.get(CONF_NAME) or "Foyer")
        self._found = {
            CONF_URL: f"http://{config[CONF_HOST]}:{config[CONF_PORT]}",
            CONF_API_KEY: config[CONF_API_KEY],
            CONF_VERIFY_SSL: True,
        }
        await self.async_set_unique_id(str(config[CONF_SERVER_ID]))
        self._abort_if_unique_id_configured(updates=self._found)
        self.context["title_placeholders"] = {"name": self._name}
        return await self.async_step_hassio_confirm()

    async def async_step_hassio_confirm(self, user_input: dict[str, Any] | None = None) -> Any:
        """Add what was found."""
        errors: dict[str, str] = {}
        if user_input is not None:
            server, errors = await check(self.hass, self._found)
            if server is not None and not errors:
                return self.async_create_entry(title=server.name, data=self._found)
        return self.async_show_form(
            step_id="hassio_confirm",
            errors=errors,
            description_placeholders={"addon": self._name, "url": connection(self._found)},
        )

    async def async_step_reauth(self, entry_data: Mapping[str, Any]) -> Any:  # noqa: ARG002 - asked from the entry
        """The key is not accepted any more."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(self, user_input: dict[str, Any] | None = None) -> Any:
        """Take another key."""
        errors: dict[str, str] = {}
        entry = self._entry()
        if user_input is not None:
            data, server, errors = await self._try({**entry.data, **user_input}, of=entry)
            if server is not None and not errors:
                return self.async_update_reload_and_abort(entry, data=data, reason="reauth_successful")
        return self.async_show_form(
            step_id="reauth_confirm",
            data_schema=vol.Schema({vol.Required(CONF_API_KEY): SECRET}),
            errors=errors,
            description_placeholders={"name": entry.title, "url": connection(entry.data)},
        )

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> Any:
        """The address or the key changed; the server must be the same."""
        errors: dict[str, str] = {}
        entry = self._entry()
        if user_input is not None:
            data, server, errors = await self._try({**entry.data, **user_input}, of=entry)
            if server is not None and not errors:
                return self.async_update_reload_and_abort(entry, data=data, reason="reconfigure_successful")
        return self.async_show_form(
            step_id="reconfigure",
            data_schema=_full(user_input or entry.data, key_known=True),
            errors=errors,
            description_placeholders={"name": entry.title},
        )

    def _entry(self) -> ConfigEntry:
        entry = self.hass.config_entries.async_get_entry(self.context["entry_id"])
        if entry is None:
            raise vol.Invalid("The entry is gone.")
        return entry

    async def _try(
        self, given: Mapping[str, Any], *, of: ConfigEntry | None = None
    ) -> tuple[dict[str, Any], Server | None, dict[str, str]]:
        url = clean_url(given[CONF_URL])
        data = {CONF_VERIFY_SSL: True, **given}
        if url is None:
            return data, None, {CONF_URL: "invalid_url"}
        data[CONF_URL] = url
        server, errors = await check(self.hass, data)
        if of is not None and server is not None and not errors and server.id != of.unique_id:
            errors = {"base": "another_server"}
        return data, server, errors


def _full(suggested: Mapping[str, Any] | None, *, key_known: bool = False) -> vol.Schema:
    known = suggested or {}
    key = vol.Optional(CONF_API_KEY) if key_known else vol.Required(CONF_API_KEY)
    return vol.Schema(
        {
            vol.Required(CONF_URL, default=known.get(CONF_URL, vol.UNDEFINED)): ADDRESS,
            key: SECRET,
            vol.Optional(CONF_VERIFY_SSL, default=known.get(CONF_VERIFY_SSL, True)): bool,
        }
    )
