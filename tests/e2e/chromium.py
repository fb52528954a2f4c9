"""The browser that tests drive."""

from __future__ import annotations

import os
import shutil

import pytest
from playwright.async_api import Browser, Playwright


async def launch(playwright: Playwright) -> Browser:
    """The system's Chromium, headless; it may play sound without being clicked first."""
    program = shutil.which("chromium")
    if program is None:
        if os.environ.get("FOYER_TEST_ALLOW_MISSING"):
            pytest.skip("no chromium")
        pytest.fail("chromium is missing; script/test says how to get it")
    return await playwright.chromium.launch(
        executable_path=program,
        args=[
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-background-networking",
            "--disable-component-update",
            "--autoplay-policy=no-user-gesture-required",
        ],
    )
