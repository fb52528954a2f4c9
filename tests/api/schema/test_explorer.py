"""The API explorer in a real browser: self-contained, and of use to administrators only."""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, async_playwright, expect

from foyer.api.http.headers import CONTENT_SECURITY_POLICY
from foyer.api.http.listener import Listener, ListenerKind
from foyer.api.media.sendfile import FilePump
from tests.api.schema.conftest import House


@pytest.fixture
async def address(house: House) -> AsyncIterator[str]:
    @house.app.after_request
    async def strict(response: object) -> object:
        response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY  # type: ignore[attr-defined]
        return response

    pump = FilePump()
    listener = Listener(house.app, pump, kind=ListenerKind.PUBLIC, host="127.0.0.1", port=0)
    await listener.start()
    yield f"http://127.0.0.1:{listener.port}"
    await listener.stop(0)
    pump.close()


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield await browser.new_page()
        await browser.close()


@pytest.mark.browser
async def test_an_administrator_explores_and_asks(house: House, address: str, page: Page) -> None:
    asked: list[str] = []
    problems: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    await page.goto(f"{address}/graphiql")
    await expect(page.locator("#docs")).to_contain_text("Enter the token")
    await page.fill("#token", house.tokens["admin"])
    await page.press("#token", "Tab")
    await expect(page.locator("#docs dt").first).to_have_text("object Query")
    await page.fill("#query", "{ server { viewer { name } } }")
    await page.press("#query", "Control+Enter")
    await expect(page.locator("#answer")).to_contain_text("admin")
    await page.fill("#query", "subscription { libraryEvents { kind library { name } } }")
    await page.click("#run")
    await expect(page.locator("#answer")).to_contain_text("Films")
    await page.click("#stop")
    assert problems == []
    assert all(url.startswith(address) for url in asked)


async def test_the_page_loads_nothing_from_elsewhere(house: House) -> None:
    client = house.app.test_client()
    for path in ("/graphiql", "/graphiql.js"):
        response = await client.get(path)
        assert response.status_code == 200
        assert not re.search(r"(?:src|href|url\()\s*=?\s*[\"']?(?:https?:)?//", await response.get_data(as_text=True))
