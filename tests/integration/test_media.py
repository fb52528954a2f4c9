"""The media source, the links it gives out, and the view that passes the bytes on."""

from __future__ import annotations

import asyncio
import socket
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp.test_utils import TestServer
from conftest import Connect, entry_for
from fake import BUNNY, FILM, PILOT, TOKEN, FakeFoyer
from homeassistant.components import media_player, media_source
from homeassistant.components.media_player import BrowseError
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.foyer import browse
from custom_components.foyer.browse import Place
from custom_components.foyer.coordinator import FoyerCoordinator
from custom_components.foyer.profiles import BY_PLATFORM
from custom_components.foyer.views import media_path


async def look(hass: HomeAssistant, *parts: str) -> Any:
    return await media_source.async_browse_media(hass, "/".join(("media-source://foyer", *parts)))


async def test_the_only_server_is_the_top(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    top = await look(hass)
    assert top.title == "Living room"
    assert [child.title for child in top.children] == ["Continue watching", "Next up", "New", "Films", "Series"]
    assert (
        top.as_dict()["children"][3]["media_content_id"] == f"media-source://foyer/{entry.entry_id}/library/lib-films"
    )


async def test_of_two_servers_one_is_chosen(
    hass: HomeAssistant, connect: Connect, server: TestServer, foyer: FakeFoyer
) -> None:
    await connect()
    foyer.server = {**foyer.server, "id": "server-2", "name": "Cellar"}
    second = await connect(entry_for(server, unique_id="server-2"))
    top = await look(hass)
    assert [child.title for child in top.children] == ["Living room", "Cellar"]
    assert (await look(hass, second.entry_id)).title == "Cellar"


async def test_a_library_comes_in_pages(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    page = await look(hass, entry.entry_id, "library", "lib-films")
    film, more = page.children
    assert (film.title, film.can_play, film.can_expand) == ("Big Buck Bunny (2008)", True, False)
    assert film.thumbnail == f"/api/foyer/{entry.entry_id}/media/image/{TOKEN}B/480.webp"
    assert (more.title, more.can_expand) == ("More …", True)
    rest = await media_source.async_browse_media(hass, more.media_content_id)
    assert [child.title for child in rest.children] == ["Sintel (2010)"]


async def test_a_series_opens_into_seasons_and_episodes(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    series = await look(hass, entry.entry_id, "item-pioneer-one")
    assert (series.can_expand, [child.title for child in series.children]) == (True, ["Season 1"])
    season = await media_source.async_browse_media(hass, series.children[0].media_content_id)
    assert [child.title for child in season.children] == ["Pioneer One 1x01 · Earthfall", "Pioneer One 1x02 · The Man"]
    assert season.children[0].thumbnail.endswith("e/640.webp")


@pytest.mark.parametrize(
    "where",
    ["nothing", "{entry}/item-of-nobody", "{entry}/library/lib-of-nobody", "{entry}/a/b/c/d", "{entry}/library"],
)
async def test_what_is_not_there_cannot_be_looked_at(hass: HomeAssistant, entry: MockConfigEntry, where: str) -> None:
    with pytest.raises(BrowseError):
        await look(hass, where.format(entry=entry.entry_id))


async def resolve(hass: HomeAssistant, entry: MockConfigEntry, item: str, target: str | None = None) -> Any:
    where = f"media-source://foyer/{entry.entry_id}/{item}"
    return await media_source.async_resolve_media(hass, where, target)


async def test_a_film_becomes_a_link_of_home_assistant(
    hass: HomeAssistant, entry: MockConfigEntry, foyer: FakeFoyer
) -> None:
    found = await resolve(hass, entry, BUNNY["id"])
    assert (found.url, found.mime_type) == (f"/api/foyer/{entry.entry_id}/media/direct/{TOKEN}/file.mp4", "video/mp4")
    [(_, asked)] = foyer.inputs
    assert asked["item"] == BUNNY["id"]
    assert asked["profile"]["directContainers"] == ["mp4"]


@pytest.mark.parametrize("platform", sorted(BY_PLATFORM))
async def test_foyer_is_told_what_the_player_can(
    hass: HomeAssistant, entry: MockConfigEntry, foyer: FakeFoyer, platform: str
) -> None:
    target = er.async_get(hass).async_get_or_create("media_player", platform, "tv").entity_id
    await resolve(hass, entry, BUNNY["id"], target)
    assert foyer.inputs[0][1]["profile"]["name"] == BY_PLATFORM[platform]["name"]


async def test_a_player_without_hls_gets_it_rather_than_nothing(
    hass: HomeAssistant, entry: MockConfigEntry, foyer: FakeFoyer
) -> None:
    target = er.async_get(hass).async_get_or_create("media_player", "dlna_dmr", "tv").entity_id
    foyer.candidates = []
    foyer.rejected = [{"reasons": [{"message": "The player does not decode this video codec."}]}]
    with pytest.raises(media_source.Unresolvable, match="does not decode"):
        await resolve(hass, entry, BUNNY["id"], target)
    assert [given["profile"]["name"] for _, given in foyer.inputs] == ["DLNA renderer", "Home Assistant player"]


@pytest.mark.parametrize("item", ["item-pioneer-one", "item-season-1"])
async def test_of_a_series_what_comes_next(
    hass: HomeAssistant, entry: MockConfigEntry, foyer: FakeFoyer, item: str
) -> None:
    await resolve(hass, entry, item)
    assert foyer.inputs[0][1]["item"] == PILOT["id"]


async def test_what_cannot_be_played_says_why(hass: HomeAssistant, entry: MockConfigEntry, foyer: FakeFoyer) -> None:
    for item in ("item-of-nobody", "library/lib-films", "continue"):
        with pytest.raises(media_source.Unresolvable):
            await resolve(hass, entry, item)
    speaker = er.async_get(hass).async_get_or_create("media_player", "sonos", "kitchen").entity_id
    with pytest.raises(media_source.Unresolvable, match="no screen"):
        await resolve(hass, entry, BUNNY["id"], speaker)
    await hass.config_entries.async_unload(entry.entry_id)
    with pytest.raises(media_source.Unresolvable, match="not connected"):
        await resolve(hass, entry, BUNNY["id"])


async def test_searching_where_home_assistant_can(hass: HomeAssistant, coordinator: FoyerCoordinator) -> None:
    if not hasattr(media_player, "SearchMedia"):
        assert [item.title for item in await browse.found(coordinator, "sint")] == ["Sintel"]
        return
    query = media_player.SearchMediaQuery(search_query="sint")
    answer = await browse.search(coordinator, query)
    assert [found.title for found in answer.result] == ["Sintel (2010)"]
    albums = media_player.SearchMediaQuery(search_query="sint", media_filter_classes=[media_player.MediaClass.ALBUM])
    assert (await browse.search(coordinator, albums)).result == []
    source = await media_source.models.MediaSourceItem.from_uri(
        hass, "media-source://foyer", None
    )._async_media_source()
    everywhere = await source.async_search_media(SimpleNamespace(identifier=""), query)
    assert [found.title for found in everywhere.result] == ["Sintel (2010)"]


def test_places_are_read_as_they_are_written() -> None:
    assert Place.read("e/library/l/a%2Fb") == Place(entry_id="e", kind="library", id="l", after="a/b")
    for wrong in ("e/", "e/a/b", "e/library/a/b/c"):
        with pytest.raises(ValueError):
            Place.read(wrong)


def at(entry: MockConfigEntry, path: str) -> str:
    return media_path(entry.entry_id, f"media/{path}")


async def test_bytes_pass_without_signing_in(
    entry: MockConfigEntry, foyer: FakeFoyer, hass_client_no_auth: Any
) -> None:
    client = await hass_client_no_auth()
    film = at(entry, f"direct/{TOKEN}/file.mp4")
    whole = await client.get(film)
    assert (whole.status, await whole.read()) == (200, FILM)
    assert whole.headers["Content-Type"] == "video/mp4"
    assert whole.headers["Content-Length"] == str(len(FILM))
    assert whole.headers["X-Content-Type-Options"] == "nosniff"
    assert "X-Secret" not in whole.headers
    part = await client.get(film, headers={"Range": "bytes=10-19", "If-Range": '"film"', "Cookie": "secret=1"})
    assert (part.status, await part.read()) == (206, FILM[10:20])
    assert part.headers["Content-Range"] == f"bytes 10-19/{len(FILM)}"
    asked = foyer.media[-1].headers
    assert (asked["Range"], asked["If-Range"], asked["Accept-Encoding"]) == ("bytes=10-19", '"film"', "identity")
    assert "Cookie" not in asked
    assert "Authorization" not in asked


async def test_what_a_proxy_packed_is_passed_on_unpacked(
    entry: MockConfigEntry, foyer: FakeFoyer, hass_client_no_auth: Any
) -> None:
    foyer.is_packed = True
    client = await hass_client_no_auth()
    found = await client.get(at(entry, f"hls/{TOKEN}/master.m3u8"))
    assert (await found.text()).startswith("#EXTM3U")
    assert "Content-Encoding" not in found.headers


async def test_the_head_alone(entry: MockConfigEntry, foyer: FakeFoyer, hass_client_no_auth: Any) -> None:
    client = await hass_client_no_auth()
    head = await client.head(at(entry, f"direct/{TOKEN}/file.mp4"))
    assert (head.status, head.headers["Content-Length"], await head.read()) == (200, str(len(FILM)), b"")
    assert foyer.media[-1].method == "HEAD"


async def test_playlists_lead_to_their_segments(
    entry: MockConfigEntry, foyer: FakeFoyer, hass_client_no_auth: Any
) -> None:
    client = await hass_client_no_auth()
    playlist = at(entry, f"hls/{TOKEN}/master.m3u8")
    text = await (await client.get(f"{playlist}?authSig=abc")).text()
    uri = next(line for line in text.splitlines() if line and not line.startswith("#"))
    assert not uri.startswith(("/", "http"))
    for name in (uri, "v1/init.mp4", "v1/0.m4s", "t1/12.vtt"):
        found = await client.get(f"{playlist.rsplit('/', 1)[0]}/{name}")
        assert found.status == 200, name
    assert foyer.media[-1].path == f"/media/hls/{TOKEN}/t1/12.vtt"
    assert foyer.media[0].query_string == ""


async def test_a_cast_receiver_of_another_origin_may_read(entry: MockConfigEntry, hass_client_no_auth: Any) -> None:
    client = await hass_client_no_auth()
    headers = {"Origin": "https://www.gstatic.com"}
    found = await client.get(at(entry, f"hls/{TOKEN}/master.m3u8"), headers=headers)
    assert found.headers["Access-Control-Allow-Origin"] == "https://www.gstatic.com"


@pytest.mark.parametrize(
    "path",
    [
        "../graphql",
        "direct/../../graphql",
        f"direct/{TOKEN}/../../../graphql",
        f"direct/{TOKEN}/%2e%2e/%2e%2e/graphql",
        f"direct/{TOKEN}%2Ffile.mp4",
        f"direct/{TOKEN}/file.mp4%00",
        f"direct/{TOKEN}/file.mp4/more",
        f"direct/{TOKEN}@example.org/file.mp4",
        "direct/short/file.mp4",
        f"download/{TOKEN}/file.mp4",
        "//example.org/file.mp4",
        "http://example.org/file.mp4",
        f"hls/{TOKEN}/v1/../master.m3u8",
        "graphql",
        f"image/{TOKEN}/480.png",
    ],
)
async def test_nothing_else_of_foyer_is_reached(
    hass: HomeAssistant, entry: MockConfigEntry, foyer: FakeFoyer, hass_client_no_auth: Any, path: str
) -> None:
    client = await hass_client_no_auth()
    # A raw request: clients would tidy the path up before they send it.
    where = f"/api/foyer/{entry.entry_id}/media/{path}"
    reader, writer = await asyncio.open_connection(sock=await connected(client))
    writer.write(f"GET {where} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    assert int(answer.split(b" ", 2)[1]) in (400, 401, 404), answer
    assert foyer.media == []
    assert foyer.asked.count("Server") == 1


async def connected(client: Any) -> socket.socket:
    made = socket.socket()
    made.setblocking(False)
    await asyncio.get_running_loop().sock_connect(made, ("127.0.0.1", client.server.port))
    return made


async def test_a_redirect_is_not_followed(entry: MockConfigEntry, hass_client_no_auth: Any) -> None:
    client = await hass_client_no_auth()
    found = await client.get(at(entry, f"direct/{TOKEN}/elsewhere.mp4"), allow_redirects=False)
    assert found.status == 502


async def test_unknown_and_unloaded_servers(
    hass: HomeAssistant, entry: MockConfigEntry, hass_client_no_auth: Any, server: TestServer
) -> None:
    client = await hass_client_no_auth()
    assert (await client.get(f"/api/foyer/nothing/media/direct/{TOKEN}/file.mp4")).status == 404
    await hass.config_entries.async_unload(entry.entry_id)
    assert (await client.get(at(entry, f"direct/{TOKEN}/file.mp4"))).status == 404


async def test_a_server_that_went_away_is_a_bad_gateway(
    coordinator: FoyerCoordinator, entry: MockConfigEntry, hass_client_no_auth: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await hass_client_no_auth()
    monkeypatch.setattr(coordinator.client, "base", "http://127.0.0.1:1")
    assert (await client.get(at(entry, f"direct/{TOKEN}/file.mp4"))).status == 502
