"""The decision is a pure function: each obstacle has its reason, and the best way wins."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foyer.media.info import HdrKind, StreamInfo, StreamKind
from foyer.playback.decision import Candidate, Decision, Source, Wish, decide
from foyer.playback.profile import AudioSupport, CodecSupport, DeviceProfile
from foyer.playback.reasons import PlayMethod, ReasonCode

H264 = StreamInfo(
    index=0, kind=StreamKind.VIDEO, codec="h264", profile="High", level=40, bit_depth=8, width=1920, height=1080,
    frame_rate=Fraction(24), time_base=Fraction(1, 24000), hdr=HdrKind.SDR,
)  # fmt: skip
AAC = StreamInfo(index=1, kind=StreamKind.AUDIO, codec="aac", channels=2, time_base=Fraction(1, 48000), is_default=True)
AC3 = replace(AAC, index=2, codec="ac3", channels=6, is_default=False)
BROWSER = DeviceProfile(
    name="Chromium",
    direct_containers=frozenset({"mp4", "webm"}),
    direct_video=(CodecSupport(codec="h264", max_bit_depth=8), CodecSupport(codec="av1", max_bit_depth=10)),
    direct_audio=(AudioSupport(codec="aac"), AudioSupport(codec="opus")),
    hls_video=(CodecSupport(codec="h264", max_bit_depth=8),),
    hls_audio=(AudioSupport(codec="aac", max_channels=6),),
)
FILM = Source(
    container="mp4", bit_rate=8_000_000, video=H264, audio=(AAC,), remuxable=True, copyable_audio=frozenset({1, 2}),
    seekable=True, max_gap_seconds=4.0,
)  # fmt: skip


def methods(decision: Decision) -> list[PlayMethod]:
    return [candidate.method for candidate in decision.candidates]


def codes(decision: Decision, method: PlayMethod) -> set[ReasonCode]:
    return {reason.code for each in decision.rejected if each.method is method for reason in each.reasons}


def test_a_file_the_player_knows_plays_directly_and_keeps_fallbacks() -> None:
    decision = decide(FILM, BROWSER, Wish())
    assert methods(decision) == [PlayMethod.DIRECT_PLAY, PlayMethod.REMUX, PlayMethod.TRANSCODE]
    assert decision.rejected == ()
    assert decision.audio == AAC


def test_an_unknown_container_is_remuxed_and_says_why() -> None:
    decision = decide(replace(FILM, container="matroska"), BROWSER, Wish())
    assert methods(decision)[0] is PlayMethod.REMUX
    assert codes(decision, PlayMethod.DIRECT_PLAY) == {ReasonCode.CONTAINER_NOT_SUPPORTED}
    assert "matroska" in decision.candidates[0].reasons[0].message


@pytest.mark.parametrize(
    ("video", "code"),
    [
        (replace(H264, codec="mpeg2video"), ReasonCode.VIDEO_CODEC_NOT_SUPPORTED),
        (replace(H264, bit_depth=10), ReasonCode.VIDEO_BIT_DEPTH_NOT_SUPPORTED),
        (replace(H264, hdr=HdrKind.HDR10), ReasonCode.VIDEO_RANGE_NOT_SUPPORTED),
    ],
)
def test_video_the_player_cannot_show_is_transcoded(video: StreamInfo, code: ReasonCode) -> None:
    decision = decide(replace(FILM, video=video), BROWSER, Wish())
    assert methods(decision) == [PlayMethod.TRANSCODE]
    assert codes(decision, PlayMethod.DIRECT_PLAY) == {code}
    assert codes(decision, PlayMethod.REMUX) == {code}


@pytest.mark.parametrize(
    ("limit", "code"),
    [
        ({"profiles": ("Main", "Baseline")}, ReasonCode.VIDEO_PROFILE_NOT_SUPPORTED),
        ({"max_level": 31}, ReasonCode.VIDEO_LEVEL_NOT_SUPPORTED),
        ({"max_height": 720}, ReasonCode.VIDEO_RESOLUTION_NOT_SUPPORTED),
        ({"max_frame_rate": 23.0}, ReasonCode.VIDEO_FRAME_RATE_NOT_SUPPORTED),
    ],
)
def test_each_limit_of_a_codec_is_its_own_reason(limit: dict[str, object], code: ReasonCode) -> None:
    narrow = (CodecSupport(codec="h264", **limit),)  # type: ignore[arg-type]
    decision = decide(FILM, replace(BROWSER, direct_video=narrow, hls_video=narrow), Wish())
    assert codes(decision, PlayMethod.REMUX) == {code}


def test_one_fitting_statement_about_a_codec_is_enough() -> None:
    two = (CodecSupport(codec="h264", profiles=("Baseline",)), CodecSupport(codec="h264", profiles=("high",)))
    assert methods(decide(FILM, replace(BROWSER, direct_video=two), Wish()))[0] is PlayMethod.DIRECT_PLAY


def test_sound_the_player_lacks_is_converted_while_the_picture_is_copied() -> None:
    decision = decide(replace(FILM, container="matroska", audio=(AC3,)), BROWSER, Wish())
    assert methods(decision) == [PlayMethod.TRANSCODE, PlayMethod.TRANSCODE]
    assert decision.candidates[0].copy_video
    assert not decision.candidates[1].copy_video
    assert codes(decision, PlayMethod.REMUX) == {ReasonCode.AUDIO_CODEC_NOT_SUPPORTED}


def test_another_audio_track_needs_a_player_that_can_switch() -> None:
    film = replace(FILM, audio=(AAC, replace(AC3, codec="aac")))
    assert methods(decide(film, BROWSER, Wish(audio_index=2)))[0] is PlayMethod.REMUX
    able = replace(BROWSER, can_switch_audio_tracks=True)
    assert methods(decide(film, able, Wish(audio_index=2)))[0] is PlayMethod.DIRECT_PLAY


def test_commentary_is_never_what_plays_first() -> None:
    film = replace(FILM, audio=(replace(AAC, is_commentary=True), AC3))
    assert decide(film, BROWSER, Wish()).audio == AC3


def test_a_smaller_picture_is_transcoded_because_the_viewer_asked() -> None:
    decision = decide(FILM, BROWSER, Wish(max_height=480))
    assert methods(decision) == [PlayMethod.TRANSCODE]
    assert codes(decision, PlayMethod.REMUX) == {ReasonCode.REQUESTED_BY_CLIENT}
    assert decision.max_height == 480


def test_a_slow_line_limits_the_bit_rate() -> None:
    decision = decide(FILM, replace(BROWSER, max_bit_rate=3_000_000), Wish(max_bit_rate=5_000_000))
    assert methods(decision) == [PlayMethod.TRANSCODE]
    assert decision.max_bit_rate == 3_000_000


def test_picture_subtitles_are_drawn_in() -> None:
    assert codes(decide(FILM, BROWSER, Wish(burn_in=True)), PlayMethod.REMUX) == {ReasonCode.SUBTITLE_BURN_IN}


def test_keyframes_too_far_apart_forbid_copying_but_not_direct_play() -> None:
    decision = decide(replace(FILM, max_gap_seconds=30.0), BROWSER, Wish())
    assert methods(decision) == [PlayMethod.DIRECT_PLAY, PlayMethod.TRANSCODE]


def test_open_groups_of_pictures_are_converted_for_streaming() -> None:
    decision = decide(replace(FILM, container="matroska", open_groups=True), BROWSER, Wish())
    assert methods(decision) == [PlayMethod.TRANSCODE]


def test_a_player_without_hls_gets_the_file_or_nothing() -> None:
    plain = replace(BROWSER, supports_hls=False)
    assert methods(decide(FILM, plain, Wish())) == [PlayMethod.DIRECT_PLAY]
    assert methods(decide(replace(FILM, container="avi"), plain, Wish())) == []


def test_a_file_without_an_index_plays_directly_or_not_at_all() -> None:
    lost = replace(FILM, seekable=False, remuxable=False)
    assert methods(decide(lost, BROWSER, Wish())) == [PlayMethod.DIRECT_PLAY]
    refused = decide(replace(lost, container="avi"), BROWSER, Wish())
    assert methods(refused) == []
    assert codes(refused, PlayMethod.TRANSCODE) == {ReasonCode.NOT_SEEKABLE}


def test_asking_for_a_conversion_never_copies_the_picture() -> None:
    decision = decide(replace(FILM, audio=(AC3,)), BROWSER, Wish(method=PlayMethod.TRANSCODE))
    assert [candidate.copy_video for candidate in decision.candidates] == [False]


streams = st.builds(
    replace,
    st.just(H264),
    codec=st.sampled_from(["h264", "hevc", "av1", "mpeg2video"]),
    bit_depth=st.sampled_from([None, 8, 10]),
    height=st.sampled_from([None, 240, 1080, 2160]),
    hdr=st.sampled_from([None, *HdrKind]),
)


@given(
    video=st.none() | streams,
    audio=st.lists(st.sampled_from([AAC, AC3, replace(AAC, index=3, codec="truehd", channels=8)]), max_size=3),
    container=st.sampled_from(["mp4", "matroska", "avi"]),
    wish=st.builds(
        Wish,
        audio_index=st.none() | st.integers(0, 4),
        method=st.none() | st.sampled_from(PlayMethod),
        max_height=st.none() | st.integers(100, 3000),
        burn_in=st.booleans(),
    ),
    seekable=st.booleans(),
)
def test_players_of_hls_get_something_and_every_rejection_is_explained(
    video: StreamInfo | None, audio: list[StreamInfo], container: str, wish: Wish, seekable: bool
) -> None:
    source = replace(FILM, video=video, audio=tuple(audio), container=container, seekable=seekable)
    decision = decide(source, BROWSER, wish)
    offered = {candidate.method for candidate in decision.candidates}
    refused = {rejection.method for rejection in decision.rejected}
    assert decision.candidates or not seekable
    assert all(rejection.reasons for rejection in decision.rejected)
    assert not offered & refused
    order = [list(PlayMethod).index(candidate.method) for candidate in decision.candidates]
    assert order == sorted(order)


def test_candidates_default_to_converting_everything() -> None:
    assert not Candidate(method=PlayMethod.TRANSCODE).copy_video
