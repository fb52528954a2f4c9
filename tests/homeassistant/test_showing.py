"""What each state of a player means for the session it shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from foyer.homeassistant.screens.model import Entity, Screen, read_screen
from foyer.homeassistant.screens.showing import (
    AWAY_GRACE_S,
    GONE_GRACE_S,
    IDLE_GRACE_S,
    REPORT_EVERY_S,
    REST_EVERY_S,
    SEEK_LIMIT_S,
    START_LIMIT_S,
    Showing,
    Step,
    token_in,
)
from foyer.ids import ItemId, PlaybackSessionId, UserId
from foyer.playback.sessions import PlaybackState

EPOCH = datetime(2026, 5, 1, 20, 0, tzinfo=UTC)
SOFA = "media_player.sofa"
OURS = "http://192.168.1.5:8096/media/hls/T0ken/master.m3u8"
HOUR_MS = 3_600_000
ALL = 1 | 2 | 4 | 512 | 4096


@dataclass
class Evening:
    """A session on the sofa's screen, and a clock that goes only when told."""

    start_ms: int = 0
    before: str | None = None
    patience_s: float = 0.0
    clock: float = 1_000.0
    is_linked: bool = True
    screen: Screen | None = None
    showing: Showing = field(init=False)

    def __post_init__(self) -> None:
        self.showing = Showing(
            session=PlaybackSessionId(1),
            user=UserId(1),
            item=ItemId(1),
            entity_id=SOFA,
            token="T0ken",
            duration_ms=HOUR_MS,
            asked_at=self.moment,
            asked=self.clock,
            position_ms=self.start_ms,
            seek_ms=self.start_ms or None,
            patience_s=self.patience_s,
            before=self.before,
        )

    @property
    def moment(self) -> datetime:
        return EPOCH + timedelta(seconds=self.clock)

    def after(self, seconds: float) -> Step:
        """Time goes by, and the same screen is looked at again."""
        self.clock += seconds
        return self.showing.look(self.screen, clock=self.clock, moment=self.moment, is_linked=self.is_linked)

    def sees(self, state: str, position: float | None = None, content: str | None = OURS, features: int = ALL) -> Step:
        """The player tells something."""
        attributes: dict[str, Any] = {"supported_features": features, "friendly_name": "Sofa"}
        if content is not None:
            attributes["media_content_id"] = content
        if position is not None:
            attributes |= {"media_position": position, "media_position_updated_at": self.moment.isoformat()}
        self.screen = read_screen(SOFA, state, attributes, Entity())
        return self.after(0)


def playing(**options: Any) -> Evening:
    """An evening whose film has just begun."""
    evening = Evening(**options)
    evening.showing.is_accepted = True
    assert evening.sees("playing", options.get("start_ms", 0) / 1000).report is not None
    return evening


def test_a_link_is_known_by_its_token_however_it_is_reached() -> None:
    assert token_in(OURS) == "T0ken"
    assert token_in("http://ha:8123/api/foyer/01ABC/media/direct/T0ken/file.mp4?authSig=x") == "T0ken"
    assert token_in("https://radio.example/live") is token_in(None) is None


def test_it_begins_when_the_player_shows_our_link() -> None:
    evening = Evening(before="radio")
    evening.showing.is_accepted = True
    assert evening.sees("idle", content=None) == Step()
    assert evening.sees("playing", 5, content="radio") == Step()
    assert not evening.showing.has_begun
    assert evening.sees("buffering").report == (PlaybackState.BUFFERING, 0)
    assert evening.showing.settled.is_set()
    assert evening.sees("playing", 0.5).report == (PlaybackState.PLAYING, 500)


def test_a_player_that_names_nothing_has_begun_once_it_took_the_request() -> None:
    evening = Evening()
    assert evening.sees("playing", content=None) == Step()
    evening.showing.is_accepted = True
    assert evening.after(0).report == (PlaybackState.PLAYING, 0)


def test_a_player_that_never_begins_is_given_up() -> None:
    evening = Evening(start_ms=60_000)
    evening.showing.is_accepted = True
    assert evening.sees("off", content=None) == Step()
    assert evening.after(START_LIMIT_S - 1) == Step()
    assert evening.after(1) == Step(end_ms=60_000)
    assert not evening.showing.has_begun


def test_it_is_told_often_enough_never_to_be_taken_for_dead() -> None:
    evening = playing()
    assert evening.after(REPORT_EVERY_S - 1).report is None
    assert evening.after(1).report == (PlaybackState.PLAYING, 8_000)
    paused = evening.sees("paused", 8)
    assert paused.report == (PlaybackState.PAUSED, 8_000)
    assert evening.after(REST_EVERY_S - 1).report is None
    assert evening.after(1).report == (PlaybackState.PAUSED, 8_000)
    assert REPORT_EVERY_S < 10


def test_pausing_going_on_and_seeking_are_told_at_once() -> None:
    evening = playing()
    evening.after(3)
    assert evening.sees("paused", 3).report == (PlaybackState.PAUSED, 3_000)
    assert evening.sees("playing", 3).report == (PlaybackState.PLAYING, 3_000)
    assert evening.sees("playing", 1_200).report == (PlaybackState.PLAYING, 1_200_000)


def test_a_position_is_never_outside_the_film() -> None:
    evening = playing()
    assert evening.sees("playing", 9_999_999).report == (PlaybackState.PLAYING, HOUR_MS)
    evening.sees("playing", -5)
    assert evening.showing.here(evening.clock) == HOUR_MS


def test_a_player_without_a_position_is_followed_by_the_clock() -> None:
    evening = Evening()
    evening.showing.is_accepted = True
    evening.sees("playing", content=None)
    assert evening.after(20).report == (PlaybackState.PLAYING, 20_000)
    evening.sees("paused", content=None)
    evening.after(100)
    assert evening.showing.here(evening.clock) == 20_000


def test_a_position_from_before_the_request_is_not_believed() -> None:
    evening = Evening()
    evening.showing.is_accepted = True
    evening.clock += 5
    stale = {
        "supported_features": ALL,
        "media_content_id": OURS,
        "media_position": 900,
        "media_position_updated_at": (evening.moment - timedelta(seconds=60)).isoformat(),
    }
    evening.screen = read_screen(SOFA, "playing", stale, Entity())
    assert evening.after(0).report == (PlaybackState.PLAYING, 0)


def test_a_player_that_can_seek_is_sent_to_where_it_should_begin() -> None:
    evening = Evening(start_ms=600_000)
    evening.showing.is_accepted = True
    assert evening.sees("buffering", 0) == Step(report=(PlaybackState.BUFFERING, 600_000))
    step = evening.sees("playing", 0)
    assert step == Step(report=(PlaybackState.PLAYING, 600_000), seek_ms=600_000)
    # Until it is there, its position is not taken for the viewer's.
    assert evening.sees("playing", 1).seek_ms is None
    assert evening.showing.position_ms == 600_000
    assert evening.sees("playing", 601).report is None
    assert evening.showing.seek_ms is None
    assert evening.sees("playing", 650).report == (PlaybackState.PLAYING, 650_000)


def test_a_player_that_begins_anywhere_by_itself_is_given_time_to() -> None:
    evening = Evening(start_ms=600_000, patience_s=5)
    evening.showing.is_accepted = True
    assert evening.sees("playing", 0).seek_ms is None
    assert evening.sees("playing", 600).seek_ms is None
    assert evening.showing.seek_ms is None


def test_a_player_that_cannot_seek_is_believed_after_a_while() -> None:
    evening = Evening(start_ms=600_000)
    evening.showing.is_accepted = True
    assert evening.sees("playing", 0, features=512).report == (PlaybackState.PLAYING, 600_000)
    evening.clock += SEEK_LIMIT_S
    assert evening.sees("playing", SEEK_LIMIT_S, features=512).report == (PlaybackState.PLAYING, 10_000)


def test_a_player_that_ignores_a_seek_is_believed_after_a_while() -> None:
    evening = Evening(start_ms=600_000)
    evening.showing.is_accepted = True
    assert evening.sees("playing", 0).seek_ms == 600_000
    evening.clock += SEEK_LIMIT_S
    assert evening.sees("playing", 10) == Step(report=(PlaybackState.PLAYING, 10_000))


def test_stopping_ends_it_where_it_was_and_a_moment_of_rest_does_not() -> None:
    evening = playing()
    evening.sees("playing", 500)
    evening.clock += 4
    assert evening.sees("idle", content=None) == Step()
    assert evening.sees("playing", 505).end_ms is None
    evening.clock += 4
    evening.sees("idle", content=None)
    assert evening.after(IDLE_GRACE_S) == Step(end_ms=509_000)


def test_switching_off_ends_it_at_once() -> None:
    evening = playing()
    evening.sees("playing", 500)
    assert evening.sees("off", content=None) == Step(end_ms=500_000)


def test_a_film_that_ran_to_its_end_is_finished() -> None:
    evening = playing()
    evening.sees("playing", HOUR_MS / 1000 - 10)
    evening.clock += 8
    evening.sees("idle", content=None)
    assert evening.after(IDLE_GRACE_S) == Step(end_ms=HOUR_MS)


def test_something_else_on_the_player_ends_it_where_it_was() -> None:
    evening = playing()
    evening.sees("playing", 500)
    evening.clock += 2
    assert evening.sees("playing", 0, content="https://radio.example/live") == Step(end_ms=502_000)
    other = playing()
    other.sees("playing", 500)
    assert other.sees("playing", 0, content=OURS.replace("T0ken", "Another")) == Step(end_ms=500_000)


def test_a_player_with_names_of_its_own_is_recognised_by_the_name_it_gave_ours() -> None:
    evening = Evening(before="41")
    evening.showing.is_accepted = True
    assert not evening.sees("playing", 0, content="41").report
    assert evening.sees("playing", 0, content="42").report
    assert evening.sees("playing", 9, content="42").end_ms is None
    assert evening.sees("playing", 1, content="43").end_ms is not None


def test_an_unreachable_player_ends_it_only_after_a_grace() -> None:
    evening = playing()
    evening.sees("playing", 500)
    evening.clock += 2
    assert evening.sees("unavailable", content=None) == Step()
    assert evening.after(GONE_GRACE_S - 1) == Step()
    assert evening.sees("playing", 560).report == (PlaybackState.PLAYING, 560_000)
    evening.sees("unavailable", content=None)
    assert evening.after(GONE_GRACE_S) == Step(end_ms=560_000)


def test_while_home_assistant_is_away_the_session_waits() -> None:
    evening = playing()
    evening.sees("playing", 500)
    evening.is_linked = False
    assert evening.after(2) == Step()
    assert evening.after(AWAY_GRACE_S / 2) == Step()
    evening.is_linked = True
    assert evening.sees("playing", 900).report == (PlaybackState.PLAYING, 900_000)
    evening.is_linked = False
    evening.after(0)
    assert evening.after(AWAY_GRACE_S) == Step(end_ms=900_000)


def test_after_a_restart_it_goes_on_with_what_the_player_still_shows() -> None:
    evening = Evening()
    evening.showing.content_id = OURS
    evening.showing.resume(evening.clock, PlaybackState.PLAYING)
    assert evening.sees("playing", 700).report == (PlaybackState.PLAYING, 700_000)
    other = Evening()
    other.showing.content_id = OURS
    other.showing.position_ms = 65_000
    other.showing.resume(other.clock, PlaybackState.PLAYING)
    assert other.sees("playing", 3, content="radio") == Step(end_ms=65_000)
