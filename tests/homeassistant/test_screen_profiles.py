"""What each integration's players are given, and how."""

from __future__ import annotations

import pytest

from foyer.homeassistant.screens.profiles import Medium, play_media, profile_of
from foyer.playback.links import HLS_TYPE
from foyer.playback.profile import find_audio, find_video

FILM = Medium(url="http://h/media/direct/T/file.mkv", media_type="video/x-matroska", title="Heat", position_ms=90_000)
STREAM = Medium(url="http://h/media/hls/T/master.m3u8", media_type=HLS_TYPE, title="Heat", position_ms=0)


def test_an_unknown_player_gets_what_everything_plays() -> None:
    careful = profile_of("some_new_thing", "Attic")
    assert careful.name == "Attic"
    assert careful.direct_containers == {"mp4"}
    (h264,) = find_video(careful.direct_video, "h264")
    assert (h264.max_height, h264.max_bit_depth, h264.max_level) == (1080, 8, 41)
    assert not find_video(careful.direct_video, "hevc")
    assert (aac := find_audio(careful.hls_audio, "aac")) is not None
    assert aac.max_channels == 2
    assert profile_of(None, "Attic") == careful


def test_players_built_on_ffmpeg_get_every_file_as_it_is() -> None:
    for platform in ("kodi", "vlc_telnet", "mpd"):
        profile = profile_of(platform, "Kodi")
        assert "matroska" in profile.direct_containers
        assert find_video(profile.direct_video, "hevc")
        assert find_audio(profile.direct_audio, "dts")


def test_television_sets_get_files_and_never_hls() -> None:
    profile = profile_of("dlna_dmr", "TV")
    assert not profile.supports_hls
    assert "matroska" in profile.direct_containers


def test_cast_gets_the_type_the_position_and_the_form_of_its_segments() -> None:
    film = play_media("cast", FILM)
    assert film["media_content_type"] == "video/x-matroska"
    assert film["extra"] == {"title": "Heat", "current_time": 90.0, "stream_type": "BUFFERED"}
    extra = play_media("cast", STREAM)["extra"]
    assert isinstance(extra, dict)
    assert extra["media_info"] == {"hlsSegmentFormat": "fmp4", "hlsVideoSegmentFormat": "fmp4"}


@pytest.mark.parametrize(
    ("platform", "kind"), [("kodi", "video"), ("vlc", "music"), ("apple_tv", "video"), (None, "video")]
)
def test_each_integration_is_told_a_type_it_takes_for_an_address(platform: str | None, kind: str) -> None:
    data = play_media(platform, STREAM)
    assert data["media_content_type"] == kind
    assert data["media_content_id"] == STREAM.url


def test_roku_is_told_the_format_because_links_do_not_say() -> None:
    assert play_media("roku", STREAM)["extra"] == {"name": "Heat", "format": "hls"}
    assert play_media("roku", FILM)["extra"] == {"name": "Heat", "format": "mkv"}
