from __future__ import annotations

from foyer.streaming.renditions import present
from foyer.streaming.viewers import Viewers
from tests.streaming.facts import CODECS, film

FILM = present(film(), CODECS)
LARGE, SMALL, SOUND = FILM.rendition("v0h1080"), FILM.rendition("v0h360"), FILM.rendition("a1n2")


def _on(viewers: Viewers, name: str) -> dict[str, int]:
    return dict(viewers.of(FILM.rendition(name).key.digest))


def test_one_segment_of_another_quality_is_a_probe_two_are_a_move() -> None:
    viewers = Viewers()
    viewers.ask("me", LARGE, 0)
    viewers.ask("me", LARGE, 1)
    viewers.ask("me", SMALL, 2)
    assert _on(viewers, "v0h1080") == {"me": 1}
    viewers.ask("me", SMALL, 3)
    assert _on(viewers, "v0h1080") == {}
    assert _on(viewers, "v0h360") == {"me": 3}


def test_sound_and_picture_do_not_displace_each_other() -> None:
    viewers = Viewers()
    for segment in range(3):
        viewers.ask("me", LARGE, segment)
        viewers.ask("me", SOUND, segment)
    assert _on(viewers, "v0h1080") == {"me": 2}
    assert _on(viewers, "a1n2") == {"me": 2}


def test_a_new_quality_is_expected_right_after_the_old_ones_last_segment() -> None:
    viewers = Viewers()
    viewers.ask("me", SOUND, 0)
    viewers.ask("me", LARGE, 2)
    assert viewers.meet("me").expected(SMALL) == 3
    assert viewers.meet("new", start_ms=9000).expected(SMALL) == 3


def test_who_is_silent_for_a_minute_is_gone_and_progress_keeps_alive() -> None:
    now = [0.0]
    viewers = Viewers(ttl_s=60, clock=lambda: now[0])
    viewers.ask("gone", LARGE, 0)
    viewers.ask("here", LARGE, 0)
    now[0] = 50
    viewers.report("here", 5000)
    viewers.report("stranger", 5000)
    now[0] = 70
    viewers.expire()
    assert _on(viewers, "v0h1080") == {"here": 2}
    viewers.forget("here")
    assert len(viewers) == 0


def test_nearness_is_in_seconds_of_media() -> None:
    viewers = Viewers()
    viewers.ask("me", LARGE, 0)
    digest = LARGE.key.digest
    assert viewers.is_near(digest, 1, 3)
    assert not viewers.is_near(digest, 4, 10)
    assert not viewers.is_near(SMALL.key.digest, 0, 10)
