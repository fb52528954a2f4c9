"""The add-on as Home Assistant's frontend reaches it: an ingress session from Core, and its cookie on every request."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

import aiohttp

from tests.homeassistant.harness.addon import SLUG
from tests.homeassistant.harness.core import HomeAssistantCore
from tests.homeassistant.harness.people import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A signed-in way in; ``url`` ends with a slash."""

    url: str
    prefix: str
    cookie: str
    http: aiohttp.ClientSession

    @classmethod
    async def open(cls, core: HomeAssistantCore, who: Person) -> Panel:
        """What the frontend does when somebody clicks the panel in the sidebar."""
        # Ordinary users may not ask for the add-on's address; the frontend has it from the panel for them too.
        async with core.connection() as owner:
            info = await owner.command("supervisor/api", endpoint=f"/addons/{SLUG}/info", method="get")
        async with core.connection(who) as connection:
            session = await connection.command("supervisor/api", endpoint="/ingress/session", method="post")
        prefix = info["ingress_url"]
        return cls(url=f"{core.url}{prefix}", prefix=prefix, cookie=session["session"], http=core.http)

    @property
    def headers(self) -> dict[str, str]:
        return {"Cookie": f"ingress_session={self.cookie}"}

    def request(self, method: str, path: str, **extra: Any) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        """A request below the panel; use as an async context manager."""
        headers = extra.pop("headers", {}) | self.headers
        return self.http.request(method, f"{self.url}{path}", headers=headers, **extra)

    async def ask(self, query: str, **variables: Any) -> Any:
        """The data of a GraphQL operation; errors fail the test."""
        body = {"query": query, "variables": variables}
        async with self.request("POST", "graphql", json=body) as answer:
            assert answer.status == 200, await answer.text()
            told = await answer.json()
        assert not told.get("errors"), told["errors"]
        return told["data"]

    def websocket(self, path: str, **extra: Any) -> Any:
        """A WebSocket below the panel; use as an async context manager."""
        return self.http.ws_connect(f"{self.url}{path}", headers=self.headers, max_msg_size=0, **extra)
