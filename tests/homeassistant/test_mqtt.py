"""Entities at a real broker: what is there, what changes, what is taken away, and the broker's bad days."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import aiomqtt
import pytest

from foyer.db.database import Database
from foyer.events.bus import EventBus
from foyer.events.topics import LibraryEventKind, PlaybackEventKind, Topic
from foyer.gpu import GpuMeters
from foyer.homeassistant.errors import HomeAssistantUnavailableError
from foyer.homeassistant.mqtt import MqttPart, MqttState, Survey
from foyer.homeassistant.mqtt import connection as connection_module
from foyer.homeassistant.mqtt import part as part_module
from foyer.homeassistant.mqtt.machine import Machine
from foyer.homeassistant.mqtt.snapshot import Release
from foyer.homeassistant.mqtt.topics import Topics
from foyer.homeassistant.payloads import Facts
from foyer.settings.homeassistant import Broker
from foyer.settings.registry import BACKGROUND_WORK, MQTT
from foyer.settings.store import Settings
from tests.homeassistant.harness.broker import Mosquitto

SERVER = "abc123"
ROOT = f"foyer/{SERVER}"
NODE = f"foyer_{SERVER}"


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PUSH_EVERY_S", "FIRST_WAIT_S", "LONGEST_WAIT_S", "NO_BROKER_S"):
        monkeypatch.setattr(part_module, name, 0.05)
    monkeypatch.setattr(part_module, "MEASURE_EVERY_S", 0.1)


@pytest.fixture(name="mosquitto")
async def running_mosquitto(tmp_path: Path) -> AsyncIterator[Mosquitto]:
    async with Mosquitto(tmp_path / "broker") as broker:
        yield broker


@dataclass
class Observer:
    """Hears everything at the broker, as Home Assistant would."""

    client: aiomqtt.Client
    kept: dict[str, str] = field(default_factory=dict)
    """The last thing said on each topic that is not empty."""
    heard: list[tuple[str, str]] = field(default_factory=list)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def listen(self) -> None:
        await self.client.subscribe("#", qos=1)
        async for message in self.client.messages:
            topic, payload = str(message.topic), bytes(message.payload).decode(errors="replace")
            async with self.changed:
                self.heard.append((topic, payload))
                self.kept.pop(topic, None)
                if payload:
                    self.kept[topic] = payload
                self.changed.notify_all()

    async def until(self, is_so: Callable[[], bool]) -> None:
        async with asyncio.timeout(10), self.changed:
            await self.changed.wait_for(is_so)

    async def until_state(self, key: str, wanted: str) -> None:
        await self.until(lambda: self.kept.get(f"{ROOT}/{key}/state") == wanted)

    async def until_online(self) -> None:
        await self.until(lambda: self.kept.get(f"{ROOT}/availability") == "online")

    def ours(self) -> set[str]:
        return {topic for topic in self.kept if SERVER in topic and not topic.endswith(("/echo", "/event", "/set"))}

    def document(self, platform: str, key: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.kept[f"homeassistant/{platform}/{NODE}/{key}/config"])
        return found


@asynccontextmanager
async def observing(broker: Mosquitto) -> AsyncIterator[Observer]:
    async with aiomqtt.Client("127.0.0.1", broker.port) as client:
        observer = Observer(client)
        task = asyncio.create_task(observer.listen())
        try:
            yield observer
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, aiomqtt.MqttError):
                await task


@dataclass
class Desk:
    """The part under test with what stands around it."""

    database: Database
    bus: EventBus
    settings: Settings
    folder: Path
    offered: Callable[[], Broker | None]
    encoders: int = 0
    scans: int = 0
    problems: tuple[str, ...] = ()
    release: Release | None = None
    is_supervisor_away: bool = False
    part: MqttPart = field(init=False)

    def __post_init__(self) -> None:
        async def offered() -> Broker | None:
            return self.offered()

        async def scan() -> None:
            self.scans += 1

        async def problems() -> tuple[str, ...]:
            return self.problems

        async def release() -> Release | None:
            if self.is_supervisor_away:
                raise HomeAssistantUnavailableError("The Supervisor does not answer.")
            return self.release

        self.part = MqttPart(
            database=self.database,
            bus=self.bus,
            settings=self.settings,
            survey=Survey(
                database=self.database,
                settings=self.settings,
                machine=Machine(data=self.folder / "foyer.db", gpus=GpuMeters(self.folder / "drm")),
                encoders=lambda: self.encoders,
                cache_bytes=lambda: 2_340_000_000,
                problems=problems,
                release=release,
            ),
            server_id=SERVER,
            broker=offered,
            scan=scan,
            facts=Facts(self.database.reader, SERVER),
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.part.run())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def until(self, state: MqttState, words: str = "") -> None:
        async with asyncio.timeout(10):
            while self.part.status.state is not state or words not in self.part.status.message:
                await asyncio.sleep(0.01)

    async def furnish(self) -> None:
        """A film, an episode, and somebody."""
        await self.database.execute("INSERT INTO library (id, name, kind, created_at) VALUES (1, 'Films', 'movies', 0)")
        insert = (
            "INSERT INTO item (id, library_id, kind, identity, title, sort_title, year, series_id, season_number, "
            "number, added_at, updated_at) VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)"
        )
        for row in (
            (1, "movie", "a", "The Film", "film", 2020, None, None, None, 1_000_000),
            (2, "series", "b", "The Show", "show", 2021, None, None, None, 2_000_000),
            (3, "episode", "c", "Pilot", "pilot", None, 2, 1, 5, 3_000_000),
        ):
            await self.database.execute(insert, row)
        await self.database.execute(
            "INSERT INTO user (id, name, display_name, role, created_at) VALUES (1, 'ada', 'Ada', 'user', 0)"
        )
        await self.database.execute(
            "INSERT INTO library_folder (library_id, path, available) VALUES (1, ?, 1)", (bytes(self.folder),)
        )

    async def watch(self, *, item: int = 1, method: str = "transcode", state: str = "playing") -> None:
        await self.database.execute(
            "INSERT INTO playback_session (user_id, item_id, method, reasons, state, client, device, started_at, "
            "updated_at) VALUES (1, ?, ?, '[]', ?, 'Web', 'Sofa', 0, 0)",
            (item, method, state),
        )
        self.bus.publish(Topic.PLAYBACK, PlaybackEventKind.STARTED, {"user_id": 1, "item_id": item, "session_id": 1})


@pytest.fixture
async def desk(mosquitto: Mosquitto, database: Database, bus: EventBus, settings: Settings, tmp_path: Path) -> Desk:
    desk = Desk(database, bus, settings, tmp_path, offered=lambda: Broker(host="127.0.0.1", port=mosquitto.port))
    await desk.furnish()
    return desk


async def test_the_server_is_one_device_with_its_entities(desk: Desk, mosquitto: Mosquitto) -> None:
    desk.release = Release(slug="a1b2_foyer", version="0.1.0", latest="0.2.0")
    desk.problems = ("The disk is full.",)
    await desk.watch(item=3)
    async with observing(mosquitto) as seen, desk.running():
        await seen.until_online()
        await desk.until(MqttState.CONNECTED)
        sessions = seen.document("sensor", "active_sessions")
        assert sessions["name"] == "Active sessions"
        assert sessions["unique_id"] == f"{NODE}_active_sessions"
        assert sessions["availability_topic"] == f"{ROOT}/availability"
        assert sessions["device"] == {
            "identifiers": [NODE],
            "name": "Foyer",
            "manufacturer": "Foyer",
            "model": "Media server",
            "sw_version": "0.1.0",
            "configuration_url": "homeassistant://hassio/ingress/a1b2_foyer",
        }
        assert sessions["origin"]["name"] == "Foyer"
        states = {topic.split("/")[2]: payload for topic, payload in seen.kept.items() if topic.endswith("/state")}
        disks = {key for key in states if key.startswith("disk_")}
        assert {key.rpartition("_")[2] for key in disks} == {"free", "used"}
        assert len(disks) == 4
        assert {key: value for key, value in states.items() if key not in disks} == {
            "active_sessions": "1",
            "streams_direct_play": "0",
            "streams_remux": "0",
            "streams_transcode": "1",
            "playing": "ON",
            "transcoding": "OFF",
            "count_movie": "1",
            "count_series": "1",
            "count_episode": "1",
            "last_added": "The Show S01E05 Pilot",
            "last_added_at": "1970-01-01T00:00:03+00:00",
            "scanning": "OFF",
            "cache_size": "2.3",
            "version": "0.1.0",
            "problem": "ON",
            "background_work": "ON",
            "update": '{"installed_version":"0.1.0","latest_version":"0.2.0","title":"Foyer"}',
        }
        (viewing,) = json.loads(seen.kept[f"{ROOT}/active_sessions/attributes"])["sessions"]
        assert viewing["user"] == "ada"
        assert (viewing["series"], viewing["season"], viewing["episode"]) == ("The Show", 1, 5)
        assert json.loads(seen.kept[f"{ROOT}/problem/attributes"]) == {"problems": ["The disk is full."]}
        trigger = seen.document("device_automation", "playback_started")
        assert (trigger["type"], trigger["subtype"], trigger["payload"]) == ("playback", "started", "started")
        assert trigger["topic"] == seen.document("event", "playback")["state_topic"]
        assert seen.document("button", "scan")["command_topic"] == f"{ROOT}/scan/set"
    async with observing(mosquitto) as late:
        await late.until(lambda: late.kept.get(f"{ROOT}/availability") == "offline")


async def test_only_what_changes_is_said_again(desk: Desk, mosquitto: Mosquitto) -> None:
    async with observing(mosquitto) as seen, desk.running():
        await seen.until_online()
        before = len(seen.heard)
        desk.encoders = 1
        await desk.watch()
        await seen.until(lambda: len(seen.heard) >= before + 6)
        told = [topic for topic, _ in seen.heard[before:]]
        assert sorted(told) == sorted(
            f"{ROOT}/{key}"
            for key in (
                "playback/event",
                "active_sessions/state",
                "active_sessions/attributes",
                "streams_transcode/state",
                "playing/state",
                "transcoding/state",
            )
        )


async def test_what_happens_is_an_event(desk: Desk, mosquitto: Mosquitto) -> None:
    async with observing(mosquitto) as seen, desk.running():
        await seen.until_online()
        await desk.watch()
        payload = {"user_id": 1, "item_id": 1, "session_id": 1}
        desk.bus.publish(Topic.PLAYBACK, PlaybackEventKind.PROGRESS, payload)  # type: ignore[arg-type]
        desk.bus.publish(Topic.PLAYBACK, PlaybackEventKind.FINISHED, payload)  # type: ignore[arg-type]
        desk.bus.publish(Topic.LIBRARY, LibraryEventKind.SCAN_FINISHED, {"library_id": 1, "added": 3})
        await seen.until(lambda: f"{ROOT}/library/event" in seen.kept)
        told = [json.loads(payload) for topic, payload in seen.heard if topic == f"{ROOT}/playback/event"]
        assert [one["event_type"] for one in told] == ["started", "finished"]
        assert (told[0]["title"], told[0]["user"], told[0]["year"]) == ("The Film", "ada", 2020)
        assert "type" not in told[0]
        assert json.loads(seen.kept[f"{ROOT}/library/event"])["event_type"] == "scan_finished"
    async with aiomqtt.Client("127.0.0.1", mosquitto.port) as late:
        await late.subscribe([(f"{ROOT}/+/event", 1), (f"{ROOT}/availability", 1)])
        message = await anext(aiter(late.messages))
        assert str(message.topic) == f"{ROOT}/availability"


async def test_many_events_at_once_are_told_in_order(desk: Desk, mosquitto: Mosquitto) -> None:
    async with observing(mosquitto) as seen, desk.running():
        await seen.until_online()
        for _ in range(300):
            desk.bus.publish(Topic.LIBRARY, LibraryEventKind.ITEM_ADDED, {"library_id": 1, "item_id": 1})
        desk.bus.publish(Topic.LIBRARY, LibraryEventKind.SCAN_FINISHED, {"library_id": 1, "added": 300})
        await seen.until(lambda: "scan_finished" in seen.kept.get(f"{ROOT}/library/event", ""))
        told = [json.loads(payload) for topic, payload in seen.heard if topic == f"{ROOT}/library/event"]
        assert [one["event_type"] for one in told] == ["item_added"] * 300 + ["scan_finished"]
        assert sorted(one["seq"] for one in told) == [one["seq"] for one in told]


async def test_commands_are_obeyed_and_junk_is_not(
    desk: Desk, mosquitto: Mosquitto, caplog: pytest.LogCaptureFixture
) -> None:
    async with aiomqtt.Client("127.0.0.1", mosquitto.port) as before:
        await before.publish(f"{ROOT}/background_work/set", "OFF", qos=1, retain=True)
    async with observing(mosquitto) as seen, desk.running():
        await seen.until_online()
        for topic, payload in (
            ("background_work/set", b"off"),
            ("background_work/set", b"\xff\xfe"),
            ("background_work/set", b"PRESS"),
            ("scan/set", b"ON"),
            ("scan/set", b"x" * 100_000),
            ("nothing/set", b"PRESS"),
            ("scan/set", b"PRESS"),
            ("background_work/set", b"OFF"),
        ):
            assert desk.settings.flag(BACKGROUND_WORK)
            await seen.client.publish(f"{ROOT}/{topic}", payload, qos=1)
        await seen.until_state("background_work", "OFF")
        assert desk.scans == 1
        assert not desk.settings.flag(BACKGROUND_WORK)
        await seen.client.publish(f"{ROOT}/background_work/set", "ON", qos=1)
        await seen.until_state("background_work", "ON")
    junk = [record.getMessage() for record in caplog.records if "no command" in record.getMessage()]
    assert len(junk) == 6
    assert all(len(line) < 400 for line in junk)


async def test_the_switch_follows_the_setting(desk: Desk, mosquitto: Mosquitto) -> None:
    async with observing(mosquitto) as seen, desk.running():
        await seen.until_online()
        await desk.settings.update({BACKGROUND_WORK: False, "server.name": "Den"})
        await seen.until_state("background_work", "OFF")
        await seen.until(lambda: seen.document("sensor", "version")["device"]["name"] == "Den")


async def test_a_home_assistant_that_starts_is_told_everything_again(desk: Desk, mosquitto: Mosquitto) -> None:
    async with observing(mosquitto) as seen, desk.running():
        await seen.until_online()
        everything = seen.ours()
        before = len(seen.heard)
        await seen.client.publish("homeassistant/status", "online", qos=1)
        await seen.until(lambda: {topic for topic, _ in seen.heard[before:]} >= everything)


async def test_entities_go_when_what_they_show_goes(desk: Desk, mosquitto: Mosquitto, tmp_path: Path) -> None:
    card = tmp_path / "drm" / "card0" / "device"
    card.mkdir(parents=True)
    (card / "gpu_busy_percent").write_text("42")
    async with observing(mosquitto) as seen, desk.running():
        await seen.until_state("gpu_device_load", "42")
        assert seen.document("sensor", "gpu_device_load")["name"] == "GPU load"
        (card / "gpu_busy_percent").unlink()
        await desk.database.execute("DELETE FROM item WHERE kind = 'movie'")
        desk.bus.publish(Topic.LIBRARY, LibraryEventKind.ITEMS_CHANGED, {"library_id": 1})
        await seen.until(lambda: not any("gpu_device" in topic or "count_movie" in topic for topic in seen.kept))
        assert seen.kept[f"{ROOT}/count_episode/state"] == "1"


async def test_what_an_older_version_left_is_taken_away(desk: Desk, mosquitto: Mosquitto) -> None:
    leftovers = (f"homeassistant/sensor/{NODE}/viewers/config", f"{ROOT}/viewers/state", f"{ROOT}/viewers/attributes")
    others = ("homeassistant/sensor/foyer_other/viewers/config", "foyer/other/viewers/state")
    async with observing(mosquitto) as seen:
        for topic in (*leftovers, *others):
            await seen.client.publish(topic, "{}", qos=1, retain=True)
        await seen.until(lambda: len(seen.kept) == 5)
        async with desk.running():
            await seen.until_online()
            assert not set(leftovers) & set(seen.kept)
            assert set(others) <= set(seen.kept)


async def test_switched_off_nothing_is_left_at_the_broker(desk: Desk, mosquitto: Mosquitto) -> None:
    async with observing(mosquitto) as seen, desk.running():
        await seen.until_online()
        await desk.settings.update({MQTT: False})
        await desk.until(MqttState.ABSENT, "switched off")
        assert seen.ours() == set()
        await desk.settings.update({MQTT: True})
        await seen.until_online()


async def test_what_was_switched_off_while_the_broker_was_away_is_taken_away_later(
    desk: Desk, mosquitto: Mosquitto
) -> None:
    async with desk.running():
        await desk.until(MqttState.CONNECTED)
        await mosquitto.stop()
        await desk.until(MqttState.AWAY)
        await desk.settings.update({MQTT: False})
    again = Desk(desk.database, desk.bus, desk.settings, desk.folder, offered=desk.offered)
    async with again.running():
        await again.until(MqttState.AWAY)
        await mosquitto.start()
        await again.until(MqttState.ABSENT, "switched off")
        async with aiomqtt.Client("127.0.0.1", mosquitto.port) as late:
            await late.subscribe([("homeassistant/#", 1), ("foyer/#", 1)])
            await late.publish("foyer/end", "", qos=1)
            assert str((await anext(aiter(late.messages))).topic) == "foyer/end"


async def test_a_broker_that_is_killed_is_told_everything_when_it_is_back(desk: Desk, mosquitto: Mosquitto) -> None:
    async with desk.running():
        for changes in range(3):
            await desk.until(MqttState.CONNECTED)
            mosquitto.kill()
            await desk.until(MqttState.AWAY)
            await desk.watch(method="remux")
            await mosquitto.start()
            async with observing(mosquitto) as seen:
                await seen.until_online()
                await seen.until_state("streams_remux", str(changes + 1))


async def test_a_broker_that_freezes_is_left_and_found_again(
    desk: Desk, mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_module, "TIMEOUT_S", 0.3)
    monkeypatch.setattr(connection_module, "FAREWELL_S", 0.1)
    async with desk.running():
        await desk.until(MqttState.CONNECTED)
        mosquitto.freeze()
        try:
            await desk.watch()
            await desk.until(MqttState.AWAY, "cannot be reached")
        finally:
            mosquitto.thaw()
        async with observing(mosquitto) as seen:
            await seen.until_state("active_sessions", "1")
            await seen.until_online()


async def test_a_wrong_password_is_said_and_a_new_one_tried(desk: Desk, mosquitto: Mosquitto) -> None:
    await mosquitto.stop()
    mosquitto.password = "right"
    await mosquitto.start()
    password = "wrong"
    desk.offered = lambda: Broker(host="127.0.0.1", port=mosquitto.port, username="foyer", password=password)
    async with desk.running():
        await desk.until(MqttState.AWAY, "does not let Foyer in")
        password = "right"
        await desk.until(MqttState.CONNECTED)


# The library leaves the socket of a failed handshake to the collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_a_broker_is_trusted_by_its_certificate(
    desk: Desk, mosquitto: Mosquitto, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = tmp_path / "broker.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-subj", "/CN=broker", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "1"]
    command += ["-out", str(certificate), "-keyout", str(certificate.with_suffix(".key"))]
    subprocess.run(command, check=True, capture_output=True)  # noqa: ASYNC221 - it takes a moment
    await mosquitto.stop()
    mosquitto.certificate = certificate
    await mosquitto.start()
    desk.offered = lambda: Broker(host="127.0.0.1", port=mosquitto.port, tls=True)
    async with desk.running():
        await desk.until(MqttState.AWAY, "certificate verify failed")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        await desk.until(MqttState.CONNECTED)


async def test_a_broker_offered_later_is_used(desk: Desk) -> None:
    broker = desk.offered
    desk.offered = lambda: None
    async with desk.running():
        await desk.until(MqttState.ABSENT, "no MQTT broker")

        def unknown() -> Broker | None:
            raise HomeAssistantUnavailableError("The Supervisor does not answer.")

        desk.offered = unknown
        await desk.until(MqttState.AWAY, "The Supervisor does not answer.")
        desk.offered = broker
        await desk.until(MqttState.CONNECTED)


async def test_a_disk_that_hangs_holds_up_nothing(
    desk: Desk, mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A network folder whose server is gone blocks the thread that asks for it."""
    free = threading.Event()
    monkeypatch.setattr("foyer.homeassistant.mqtt.machine.PATIENCE_S", 0.05)
    monkeypatch.setattr("foyer.homeassistant.mqtt.machine._space", lambda _path: free.wait(20) and None)
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
    try:
        async with observing(mosquitto) as seen, desk.running():
            await seen.until_online()
            await desk.watch()
            await seen.until_state("active_sessions", "1")
            async with asyncio.timeout(5):
                await asyncio.to_thread(int)  # other work of the server that needs a thread
            assert not any("disk_" in topic for topic in seen.kept)
    finally:
        free.set()


async def test_a_new_version_is_shown_once_the_supervisor_answers(desk: Desk, mosquitto: Mosquitto) -> None:
    desk.release = Release(slug="a1b2_foyer", version="0.1.0", latest="0.2.0")
    desk.is_supervisor_away = True
    async with observing(mosquitto) as seen, desk.running():
        await seen.until_online()
        assert f"{ROOT}/update/state" not in seen.kept
        desk.is_supervisor_away = False
        await seen.until(lambda: f"{ROOT}/update/state" in seen.kept)


async def test_the_disk_of_a_new_library_is_shown_at_once(
    desk: Desk, mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(part_module, "MEASURE_EVERY_S", 3600)
    await desk.database.execute("DELETE FROM library_folder")
    async with observing(mosquitto) as seen, desk.running():
        await seen.until_online()
        assert not any("disk_media" in topic for topic in seen.kept)
        await desk.database.execute(
            "INSERT INTO library_folder (library_id, path, available) VALUES (1, ?, 1)", (bytes(desk.folder),)
        )
        desk.bus.publish(Topic.LIBRARY, LibraryEventKind.LIBRARY_CREATED, {"library_id": 1})
        await seen.until(lambda: any("disk_media" in topic for topic in seen.kept))


async def test_an_answer_in_the_moment_of_the_end_does_not_hold_it_up() -> None:
    acknowledged = asyncio.get_running_loop().create_future()
    sending = asyncio.Event()

    class Client:
        async def publish(self, *_: object) -> None:
            sending.set()
            await asyncio.wait_for(acknowledged, 10)  # as the library does it

    connection = connection_module.BrokerConnection(cast("aiomqtt.Client", Client()), Topics(server_id=SERVER))
    telling = asyncio.create_task(connection.tell("a/topic", "a word"))
    await sending.wait()
    acknowledged.set_result(None)
    telling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await telling


async def test_a_frozen_broker_does_not_hold_up_the_end(
    desk: Desk, mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_module, "FAREWELL_S", 0.1)
    try:
        async with asyncio.timeout(5), desk.running():
            await desk.until(MqttState.CONNECTED)
            mosquitto.freeze()
            await desk.watch()
    finally:
        mosquitto.thaw()
