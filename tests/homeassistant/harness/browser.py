"""Home Assistant's frontend in a real Chromium."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Frame, Page, ViewportSize

from tests.homeassistant.harness.core import HomeAssistantCore
from tests.homeassistant.harness.people import Person

DESK: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}
SHOTS = Path(os.environ["FOYER_SCREENSHOTS"]) if "FOYER_SCREENSHOTS" in os.environ else None


@asynccontextmanager
async def frontend(
    chromium: Browser, core: HomeAssistantCore, who: Person, *, size: ViewportSize = DESK, **options: Any
) -> AsyncIterator[Page]:
    """A browser in which somebody is signed in to Home Assistant, as after ticking "keep me logged in"."""
    context = await chromium.new_context(viewport=size, locale="en-GB", **options)
    tokens = {
        "hassUrl": core.url,
        "clientId": f"{core.url}/",
        "access_token": who.token,
        "expires": int(time.time() * 1000) + 10**10,
        "expires_in": 10**7,
        "refresh_token": "",
    }
    await context.add_init_script(f"localStorage.setItem('hassTokens', JSON.stringify({json.dumps(tokens)}))")
    try:
        yield await context.new_page()
    finally:
        await context.close()


async def panel_frame(page: Page) -> Frame:
    """Foyer's frame, once it is there; before 2026 it lies in a frame of Home Assistant."""
    async with asyncio.timeout(60):
        while True:
            for frame in page.frames:
                if "/api/hassio_ingress/" in frame.url:
                    return frame
            await asyncio.sleep(0.05)


async def shot(page: Page, name: str) -> None:
    """A picture to look at, where ``FOYER_SCREENSHOTS`` names a folder for them."""
    if SHOTS is not None:
        SHOTS.mkdir(parents=True, exist_ok=True)
        await page.screenshot(path=SHOTS / f"{name}.png")
