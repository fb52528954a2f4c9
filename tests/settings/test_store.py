from __future__ import annotations

import pytest

from foyer.db.database import Database
from foyer.errors import NotFoundError, ValidationError
from foyer.events.bus import EventBus
from foyer.events.topics import Topic
from foyer.settings.registry import DESCRIPTIONS, SettingKind
from foyer.settings.store import Settings


@pytest.mark.parametrize("description", DESCRIPTIONS, ids=lambda each: each.key)
def test_every_default_fits_its_own_description(description: object) -> None:
    assert description.fits(description.default)  # type: ignore[attr-defined]


async def test_a_change_is_kept_told_and_survives_a_restart(
    settings: Settings, database: Database, bus: EventBus
) -> None:
    with bus.subscribe(Topic.SYSTEM) as events:
        await settings.update({"server.name": "Attic", "playback.watched_percent": 95})
        event = events.take()
    assert event is not None
    assert event.payload["settings"] == ["server.name", "playback.watched_percent"]  # type: ignore[typeddict-item]
    again = Settings(database, bus)
    await again.load()
    assert (again.text("server.name"), again.integer("playback.watched_percent")) == ("Attic", 95)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("playback.watched_percent", 101),
        ("playback.watched_percent", "ninety"),
        ("playback.watched_percent", True),
        ("library.watch", 1),
        ("streaming.preset", "placebo"),
        ("library.scan_interval", float("nan")),
        ("server.name", "x" * 1001),
        ("homeassistant.public_url", "192.168.1.20:8096"),
        ("homeassistant.public_url", "ftp://nas/films"),
        ("homeassistant.public_url", "http://"),
        ("homeassistant.public_url", "http://nas:port"),
        ("homeassistant.public_url", "http://me:secret@nas"),
        ("homeassistant.public_url", "http://nas/?a=b"),
        ("homeassistant.public_url", "http://n as"),
        ("homeassistant.public_url", 8096),
    ],
)
async def test_one_wrong_value_changes_nothing(settings: Settings, key: str, value: object) -> None:
    with pytest.raises(ValidationError) as caught:
        await settings.update({"jobs.keep_days": 3, key: value})
    assert key in caught.value.details["fields"]  # type: ignore[operator]
    assert settings.integer("jobs.keep_days") == 14


async def test_unknown_settings_are_named(settings: Settings) -> None:
    with pytest.raises(NotFoundError, match=r"no\.such"):
        await settings.update({"no.such": 1})


async def test_a_stored_value_that_no_longer_fits_falls_back(database: Database, bus: EventBus) -> None:
    await database.execute("INSERT INTO setting VALUES ('playback.watched_percent', '7000', 0)")
    settings = Settings(database, bus)
    await settings.load()
    assert settings.integer("playback.watched_percent") == 90


def test_kinds_cover_every_description() -> None:
    assert {description.kind for description in DESCRIPTIONS} <= set(SettingKind)


@pytest.mark.parametrize(
    "address", ["", "http://192.168.1.20:8096", "https://films.example.org/foyer", "http://[fd00::1]"]
)
async def test_an_address_may_have_a_port_and_a_path(settings: Settings, address: str) -> None:
    await settings.update({"homeassistant.public_url": address})
    assert settings.text("homeassistant.public_url") == address
